using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.WebSockets;

/// <summary>
/// The sending side of a socket: one event per text message. Thread-safe; lanes wait for each other, and each write
/// waits for the client for <c>Streaming:WriteTimeout</c>; then the connection is reset. Holds one event.
/// </summary>
internal sealed class SocketSender(WebSocket socket, SocketLifetime lifetime, TimeSpan writeTimeout, TimeProvider time)
    : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _deadline = new(Timeout.InfiniteTimeSpan, time);
    private readonly ArrayBufferWriter<byte> _pending = new(512);
    private bool _isClosed;

    /// <summary>What reads and writes of a connection that is gone throw.</summary>
    public static bool IsGone(Exception exception) => exception
        is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException;

    public void Dispose()
    {
        _gate.Dispose();
        _deadline.Dispose();
    }

    /// <summary>Sends an event; nothing after the close.</summary>
    /// <param name="data">A JSON object that is not empty.</param>
    /// <param name="lane">JSON of its <c>stream_id</c>; empty for none.</param>
    /// <exception cref="OperationCanceledException">The connection is gone, or was reset by this.</exception>
    public Task SendAsync(ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> lane) => WriteAsync(deadline =>
    {
        if (lane.IsEmpty)
        {
            return socket.SendAsync(data, WebSocketMessageType.Text, endOfMessage: true, deadline);
        }

        _pending.ResetWrittenCount();
        SocketEvents.WriteWithLane(_pending, data.Span, lane.Span);
        return socket.SendAsync(_pending.WrittenMemory, WebSocketMessageType.Text, endOfMessage: true, deadline);
    });

    /// <inheritdoc cref="SendAsync(ReadOnlyMemory{byte}, ReadOnlyMemory{byte})"/>
    public Task SendAsync(Refusal refusal, string lane) =>
        SendAsync(SocketEvents.Error(refusal), Encoding.UTF8.GetBytes(lane));

    /// <summary>Sends the close, once; the client's answer is the receiver's to read.</summary>
    /// <exception cref="OperationCanceledException">The connection is gone, or was reset by this.</exception>
    public Task CloseAsync(SocketClosure closure) => WriteAsync(deadline =>
    {
        _isClosed = true;
        return new(socket.CloseOutputAsync(closure.Status, closure.Reason, deadline));
    });

    private async Task WriteAsync(Func<CancellationToken, ValueTask> write)
    {
        await _gate.WaitAsync(lifetime.RequestAborted);
        try
        {
            if (_isClosed)
            {
                return;
            }

            _deadline.CancelAfter(writeTimeout);
            await write(_deadline.Token);
            _deadline.CancelAfter(Timeout.InfiniteTimeSpan);
        }
        catch (Exception exception) when (IsGone(exception))
        {
            // A cancelled write leaves half a frame behind: there is nothing to go on with.
            _isClosed = true;
            lifetime.Reset();
            throw new OperationCanceledException("The socket is gone.", exception);
        }
        finally
        {
            _gate.Release();
        }
    }
}
