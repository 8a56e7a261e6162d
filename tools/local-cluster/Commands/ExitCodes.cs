namespace Sluice.LocalCluster.Commands;

/// <summary>What the command-line program says to its caller.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>Something failed: a start, the demo, or with <c>--status</c> a process is not ready.</summary>
    public const int Failed = 1;

    /// <summary>Sluice already runs on this data directory.</summary>
    public const int AlreadyRunning = 3;
}
