namespace Sluice.LocalCluster.Services;

/// <summary>Another supervisor runs a cluster on the same data directory.</summary>
public sealed class ClusterRunningException(string dataDirectory, int? pid)
    : Exception($"Sluice is already running on {dataDirectory}" + (pid is null ? "." : $" (supervisor {pid})."));
