using System.Net;
using System.Net.Sockets;
using Sluice.Bench.Stream;

namespace Sluice.Bench.Fanout;

/// <summary>
/// One connection that reads a stream of stamped events. A plain socket and a search for the stamps, the same for all
/// servers: with thousands of readers on the cores of what they measure, the reader must cost as little as it can.
/// </summary>
/// <param name="stopAfter">Events after which it has what it came for; by default it reads to <c>[DONE]</c>.</param>
internal sealed class FanoutReader(int stopAfter = int.MaxValue) : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[8 << 10];
    private readonly AnswerText _answer = new(16 << 10);
    private readonly List<long> _latencies = [];

    /// <summary>The server has answered.</summary>
    public bool HasStarted => _answer.HasHead;

    /// <summary>Per event its arrival minus its stamp, in µs.</summary>
    public IReadOnlyList<long> Latencies => _latencies;

    /// <summary>Of all stamps in their order: equal for readers that got the same.</summary>
    public long Checksum { get; private set; }

    public long FirstStamp { get; private set; }

    public long LastArrival { get; private set; }

    /// <summary>It read to the end, or to the event after which it stops.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Why it ended before; null when it did not.</summary>
    public string? Fault { get; private set; }

    /// <summary>A reset instead of an orderly end: thousands of ports would else wait for a minute.</summary>
    public void Dispose()
    {
        if (_socket.SafeHandle.IsClosed)
        {
            return;
        }

        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    /// <summary>Connects, asks and reads; whatever ends it early is its <see cref="Fault"/>.</summary>
    public async Task RunAsync(IPEndPoint address, byte[] request)
    {
        try
        {
            await _socket.ConnectAsync(address);
            await _socket.SendAsync(request);
            while (!IsDone)
            {
                var count = await _socket.ReceiveAsync(_buffer.AsMemory());
                if (count == 0)
                {
                    Fault = "the server closed the connection";
                    return;
                }

                _answer.Add(_buffer.AsSpan(0, count));
                if (_answer.HasHead)
                {
                    Take();
                }
            }
        }
        catch (SocketException exception)
        {
            Fault = exception.Message;
        }
        catch (ObjectDisposedException)
        {
            Fault = "it took too long";
        }
    }

    private void Take()
    {
        if (!_answer.IsGood)
        {
            throw new InvalidOperationException("A reader was refused; see the server's log.");
        }

        LastArrival = MonotonicClock.Microseconds;
        var scan = new StampScan(_answer.Text);
        while (scan.TryNext(out var stamp))
        {
            FirstStamp = FirstStamp == 0 ? stamp : FirstStamp;
            _latencies.Add(LastArrival - stamp);
            Checksum = unchecked((Checksum * 31) + stamp);
        }

        IsDone = _latencies.Count >= stopAfter || _answer.Text[scan.Rest..].IndexOf("[DONE]"u8) >= 0;
        _answer.Keep(scan.Rest);
    }
}
