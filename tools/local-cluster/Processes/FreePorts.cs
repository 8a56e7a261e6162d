namespace Sluice.LocalCluster.Processes;

/// <summary>
/// Finds TCP ports on loopback that nobody listens on, below the range from which the kernel takes the ports of
/// outgoing connections: a client that keeps reconnecting to a dead server can otherwise be given the server's own
/// port, connect to itself, and keep the server from coming back.
/// </summary>
public static class FreePorts
{
    private static readonly PortPool Pool = new(15_000, 32_000);

    /// <exception cref="InvalidOperationException">No port of the range is free.</exception>
    public static int Next() => Pool.Next();

    /// <summary>
    /// Keeps a port that somebody will listen on later from being given to another one of this process's servers.
    /// </summary>
    public static void Reserve(int port) => Pool.Reserve(port);

    /// <summary>True when a listener could be opened on this port of 127.0.0.1 now.</summary>
    public static bool IsFree(int port) => PortPool.IsFree(port);
}
