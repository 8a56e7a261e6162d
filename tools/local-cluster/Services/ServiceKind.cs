namespace Sluice.LocalCluster.Services;

/// <summary>The processes of Sluice.</summary>
public enum ServiceKind
{
    Gateway,
    Streaming,
    Scheduler,
    BatchWorker,
}
