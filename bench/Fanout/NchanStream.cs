using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Bench.Stream;
using Sluice.Inference.Simulated;

namespace Sluice.Bench.Fanout;

/// <summary>
/// One channel. Events are published on one kept connection without waiting for the answers, as fast as they are due;
/// each is the chunk that the simulated model would send, paced and stamped as there.
/// </summary>
internal sealed class NchanStream : IFanoutStream
{
    private readonly Socket _publisher = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly string _channel = Guid.NewGuid().ToString("N");
    private readonly FanoutScript _script;

    private NchanStream(IPEndPoint address, FanoutScript script)
    {
        (Address, _script) = (address, script);
        Request = Encoding.ASCII.GetBytes(
            $"GET /subscribe?channel={_channel} HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\r\n");
    }

    public IPEndPoint Address { get; }

    public byte[] Request { get; }

    public static async Task<NchanStream> OpenAsync(IPEndPoint address, FanoutScript script)
    {
        var stream = new NchanStream(address, script);
        await stream._publisher.ConnectAsync(address);
        _ = stream.DropAnswersAsync();
        return stream;
    }

    /// <summary>Nchan answers a reader when it has joined.</summary>
    public async Task WaitForReadersAsync(IReadOnlyList<FanoutReader> readers)
    {
        while (!readers.All(reader => reader.HasStarted || reader.Fault is not null))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    public async Task PublishAsync(CancellationToken cancellation)
    {
        using var pacer = new Pacer();
        using var wait = new PacedWait(pacer, cancellation);
        var due = Stopwatch.GetTimestamp();
        for (var count = 0; count < _script.Events; count++)
        {
            if (due > Stopwatch.GetTimestamp())
            {
                await wait.Until(due);
            }

            cancellation.ThrowIfCancellationRequested();
            await SendAsync(Chunk(due / (Stopwatch.Frequency / 1_000_000)), cancellation);
            due += (long)(_script.Interval.TotalSeconds * Stopwatch.Frequency);
        }

        await SendAsync("[DONE]", cancellation);
    }

    public void Dispose() => _publisher.Dispose();

    private string Chunk(long stamp) =>
        $$"""{"id":"chatcmpl-{{_channel}}","object":"chat.completion.chunk","created":1700000000,"""
        + $$$"""
            "model":"sluice-sim","choices":[{"index":0,"delta":{"content":" {{{stamp}}}"},"finish_reason":null}]}
            """;

    private async Task SendAsync(string body, CancellationToken cancellation) => await _publisher.SendAsync(
        Encoding.ASCII.GetBytes(
            $"POST /publish?channel={_channel} HTTP/1.1\r\nHost: {Address}\r\n"
            + $"Content-Length: {body.Length}\r\n\r\n{body}"),
        cancellation);

    /// <summary>
    /// A publisher that does not read would stop the server; readers tell whether all was accepted. Ends with the
    /// socket.
    /// </summary>
    private async Task DropAnswersAsync()
    {
        var buffer = new byte[16 << 10];
        try
        {
            while (await _publisher.ReceiveAsync(buffer.AsMemory()) > 0)
            {
                // Only the reading counts.
            }
        }
        catch (SocketException)
        {
            // The stream was disposed of.
        }
        catch (ObjectDisposedException)
        {
            // The stream was disposed of between two reads.
        }
    }
}
