using System.Net;
using System.Net.Sockets;

namespace Sluice.LocalCluster.Processes;

/// <summary>
/// Gives TCP ports of a range on loopback that nobody listens on, each one once. May be used from any thread.
/// </summary>
/// <param name="first">Of the range.</param>
/// <param name="end">Behind the last of the range.</param>
internal sealed class PortPool(int first, int end)
{
    private const int MostAttempts = 1_000;

    private readonly HashSet<int> _taken = [];

    /// <exception cref="InvalidOperationException">No port of the range is free.</exception>
    public int Next()
    {
        lock (_taken)
        {
            for (var attempt = 0; attempt < MostAttempts; attempt++)
            {
                var port = Random.Shared.Next(first, end);
                if (!_taken.Contains(port) && IsFree(port))
                {
                    _taken.Add(port);
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"No free TCP port found between {first} and {end}.");
    }

    /// <summary>Keeps a port from being given.</summary>
    public void Reserve(int port)
    {
        lock (_taken)
        {
            _taken.Add(port);
        }
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
