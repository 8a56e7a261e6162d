using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Bench.Stream;

/// <summary>
/// One kept connection that asks for streams of time stamps. A plain socket and a search for the stamps: the client
/// shares the cores with what it measures, so it must cost as little as it can.
/// </summary>
internal sealed class StreamConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[16_384];
    private readonly AnswerText _answer = new();
    private readonly List<long> _tokens = new(1_024);

    /// <summary>From the sent request to the first token, in µs.</summary>
    public long FirstToken { get; private set; }

    /// <summary>Per token its arrival minus the time it was due, in µs.</summary>
    public IReadOnlyList<long> Tokens => _tokens;

    public Task ConnectAsync(Uri target) =>
        _socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(target.Host), target.Port));

    public void Dispose() => _socket.Dispose();

    /// <summary>Asks and reads to the end of the answer.</summary>
    /// <exception cref="InvalidOperationException">It is no whole stream.</exception>
    public async Task RunAsync(byte[] request)
    {
        _tokens.Clear();
        _answer.Reset();
        FirstToken = 0;
        var sent = MonotonicClock.Microseconds;
        await _socket.SendAsync(request);
        while (!_answer.IsComplete)
        {
            var count = await _socket.ReceiveAsync(_buffer.AsMemory());
            _answer.Add(_buffer.AsSpan(0, count));
            if (count == 0 || (_answer.HasHead && !_answer.IsGood))
            {
                throw new InvalidOperationException($"No stream: {Encoding.UTF8.GetString(_buffer, 0, count)}");
            }

            if (_answer.HasHead)
            {
                _answer.Keep(Parse(_answer.Text, sent));
            }
        }

        if (_answer.Text.IndexOf("[DONE]"u8) < 0)
        {
            throw new InvalidOperationException($"A stream ended early: {Encoding.UTF8.GetString(_answer.Text)}");
        }
    }

    /// <summary>Takes the stamps; returns where the text begins that the next read may complete.</summary>
    private int Parse(ReadOnlySpan<byte> text, long sent)
    {
        var now = MonotonicClock.Microseconds;
        var scan = new StampScan(text);
        while (scan.TryNext(out var due))
        {
            if (FirstToken == 0)
            {
                FirstToken = Math.Max(1, now - sent);
            }

            _tokens.Add(now - due);
        }

        return scan.Rest;
    }
}
