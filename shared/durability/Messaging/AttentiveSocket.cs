using System.Net.Sockets;
using RabbitMQ.Client;

namespace Sluice.Durability.Messaging;

/// <summary>
/// A connection to the broker that breaks when nothing has come over it for two heartbeats, from its first byte on.
/// RabbitMQ.Client 7.1.2 watches heartbeats only when both sides have agreed on them: before that it waits for ever for
/// a node that takes connections and says nothing, as a frozen one does, and none of its timeouts ends that.
/// </summary>
internal sealed class AttentiveSocket(Socket socket, TimeSpan patience) : TcpClientAdapter(socket)
{
    private readonly Socket _socket = socket;

    /// <summary>Makes all connections of a factory such ones.</summary>
    public static void Use(ConnectionFactory factory) => factory.SocketFactory = family => new AttentiveSocket(
        new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true },
        2 * factory.RequestedHeartbeat);

    public override NetworkStream GetStream() => new AttentiveStream(_socket, patience);

    private sealed class AttentiveStream(Socket socket, TimeSpan patience) : NetworkStream(socket, ownsSocket: false)
    {
        // One read at a time, by the connection's own loop.
        private CancellationTokenSource _silence = new();

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!_silence.TryReset())
            {
                _silence.Dispose();
                _silence = new CancellationTokenSource();
            }

            _silence.CancelAfter(patience);
            using var given = cancellationToken.UnsafeRegister(
                static silence => ((CancellationTokenSource)silence!).Cancel(), _silence);
            try
            {
                return await base.ReadAsync(buffer, _silence.Token);
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw new IOException($"The broker was silent for {patience}.", exception);
            }
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            _silence.Dispose();
        }
    }
}
