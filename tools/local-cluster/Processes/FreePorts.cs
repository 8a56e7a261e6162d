using System.Net;
using System.Net.Sockets;

namespace Sluice.LocalCluster.Processes;

/// <summary>
/// Finds TCP ports on loopback that nobody listens on, below the range from which the kernel takes the ports of
/// outgoing connections: a client that keeps reconnecting to a dead server can otherwise be given the server's own
/// port, connect to itself, and keep the server from coming back.
/// </summary>
public static class FreePorts
{
    private const int First = 15_000;
    private const int Last = 32_000;

    private static readonly HashSet<int> Taken = [];

    /// <exception cref="InvalidOperationException">No port of the range is free.</exception>
    public static int Next()
    {
        lock (Taken)
        {
            for (var attempt = 0; attempt < 1_000; attempt++)
            {
                var port = Random.Shared.Next(First, Last);
                if (IsFree(port) && Taken.Add(port))
                {
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"No free TCP port found between {First} and {Last}.");
    }

    /// <summary>True when a listener could be opened on this port of 127.0.0.1 now.</summary>
    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
