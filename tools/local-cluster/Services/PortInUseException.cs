namespace Sluice.LocalCluster.Services;

/// <summary>A port that was asked for is taken by another program.</summary>
public sealed class PortInUseException(int port)
    : Exception($"Port {port} of 127.0.0.1 is in use by another program; choose another one with --port.");
