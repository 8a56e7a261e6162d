using System.Buffers;
using System.Net.WebSockets;
using Sluice.Streaming.Admission;

namespace Sluice.Streaming.WebSockets;

/// <summary>
/// Reads whole messages. Holds at most <c>WebSocket:MaxMessageBytes</c>, counted against
/// <c>Streaming:MaxBufferedRequestBytes</c> while a message comes in. For one loop.
/// </summary>
internal sealed class SocketReceiver(
    WebSocket socket, SocketLifetime lifetime, ActiveResponses active, int maxBytes)
{
    private const int Step = 4 << 10;

    /// <summary>The next message; null when the client closes.</summary>
    /// <exception cref="WebSocketException">The connection is gone, or the client broke the protocol.</exception>
    /// <exception cref="OperationCanceledException">The client answered no ping, or the connection is gone.</exception>
    public async ValueTask<SocketMessage?> ReceiveAsync()
    {
        var bytes = new ArrayBufferWriter<byte>();
        var (length, taken) = (0L, 0L);
        var isFull = false;
        try
        {
            while (true)
            {
                var read = await socket.ReceiveAsync(bytes.GetMemory(Step), lifetime.RequestAborted);
                if (read.MessageType != WebSocketMessageType.Text)
                {
                    return read.MessageType == WebSocketMessageType.Close ? null : SocketMessage.Binary;
                }

                length += read.Count;
                if (length > maxBytes)
                {
                    return SocketMessage.TooLarge;
                }

                // Without memory it is read to its end all the same: the next message must be found.
                isFull = isFull || !active.TryTakeBytes(read.Count);
                if (!isFull)
                {
                    taken += read.Count;
                    bytes.Advance(read.Count);
                }

                if (read.EndOfMessage)
                {
                    return isFull ? SocketMessage.Full : new(SocketMessageKind.Text, bytes.WrittenMemory);
                }
            }
        }
        finally
        {
            active.ReturnBytes(taken);
        }
    }
}
