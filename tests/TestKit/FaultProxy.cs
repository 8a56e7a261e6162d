using System.Net;
using System.Net.Sockets;

namespace Sluice.TestKit;

/// <summary>
/// A TCP proxy between two parts under test that delays, cuts or swallows what passes through it. The faults may be
/// changed at any time from any thread and hold for open connections too, from their next piece of data on.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly EndPoint _target;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private long _cutAfter = long.MaxValue;
    private volatile TaskCompletionSource? _hole;
    private int _cuts;

    private FaultProxy(EndPoint target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>What clients connect to instead of the target.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections that <see cref="CutAfter"/> has reset so far.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>Held back before each piece of data, in both directions. Default zero.</summary>
    public TimeSpan Delay { get; set; }

    public static FaultProxy To(string host, int port) => new(new DnsEndPoint(host, port));

    /// <summary>
    /// Resets a connection (RST) once it passed this many more bytes from the target to the client; counted over all
    /// connections from now. Zero resets at the next byte.
    /// </summary>
    public void CutAfter(long bytes) => Interlocked.Exchange(ref _cutAfter, bytes);

    /// <summary>
    /// Nothing passes any more, in no direction, and nobody is told; connections stay open and are accepted.
    /// </summary>
    public void OpenHole() => _hole ??= new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What waited in the hole goes on, and everything passes again.</summary>
    public void CloseHole()
    {
        var hole = _hole;
        _hole = null;
        hole?.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stopping.Token)));
            }
            catch (SocketException) when (!_stopping.IsCancellationRequested)
            {
                // A client that left before it was accepted is no reason to take no others.
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            try
            {
                await server.ConnectAsync(_target, _stopping.Token);
                client.NoDelay = server.NoDelay = true;
                await Task.WhenAny(PumpAsync(client, server, false), PumpAsync(server, client, true)).Unwrap();
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // One side is gone, or is to go: so must the other.
                Reset(client);
                Reset(server);
            }
        }
    }

    /// <summary>No linger makes the close a reset.</summary>
    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (ObjectDisposedException)
        {
            // A connect that is cancelled has closed it.
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool towardsClient)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer, _stopping.Token) is > 0 and var count)
        {
            if (Delay > TimeSpan.Zero)
            {
                using var timer = new PeriodicTimer(Delay);
                await timer.WaitForNextTickAsync(_stopping.Token);
            }

            if (_hole is { } hole)
            {
                await hole.Task.WaitAsync(_stopping.Token);
            }

            var allowed = towardsClient ? Allow(count) : count;
            await to.SendAsync(buffer.AsMemory(0, allowed), _stopping.Token);
            if (allowed < count)
            {
                Interlocked.Increment(ref _cuts);
                throw new SocketException((int)SocketError.ConnectionReset);
            }
        }
    }

    /// <summary>How many of these bytes may still pass before the cut.</summary>
    private int Allow(int count)
    {
        if (Interlocked.Read(ref _cutAfter) == long.MaxValue)
        {
            return count;
        }

        var left = Interlocked.Add(ref _cutAfter, -count);
        return left >= 0 ? count : (int)Math.Max(0, count + left);
    }
}
