using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;

namespace Sluice.Gateway.Routing;

/// <summary>
/// Connections to services. A stream holds its place on one for its whole life, so their number is bounded by
/// admission, not here. The activity timeout of streaming must outlast a long answer that is not streamed, so a process
/// that stays frozen is found by HTTP/2 pings, and a host that vanished without a reset by TCP keep-alive too. A
/// scheduler's has only to outlast the longest silence of its event streams (1 min): one that freezes with a request in
/// hand holds its caller no longer.
/// </summary>
internal sealed class UpstreamConnections(
    ILogger<ForwarderHttpClientFactory> logger, IOptions<RoutingOptions> options) : ForwarderHttpClientFactory(logger)
{
    /// <summary>HTTP/2: bytes that are held of a stream whose reader does not take them.</summary>
    private const int WindowBytes = 256 << 10;

    private const int KeepAliveSeconds = 15;
    private const int KeepAliveProbes = 3;

    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        handler.ConnectTimeout = TimeSpan.FromSeconds(2);

        // Shorter than the services' keep-alive (130 s): the gateway closes first, so no request meets a closing
        // connection.
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60);

        // A destination that is still a name is resolved again for new connections; running streams keep theirs.
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(2);

        // An answer is given up only when its reader left; reading on to save the connection would keep the upstream
        // busy.
        handler.ResponseDrainTimeout = TimeSpan.Zero;
        handler.MaxResponseDrainSize = 0;
        handler.ConnectCallback = ConnectAsync;

        // The services allow 100 streams on a connection; the next ones open another.
        handler.EnableMultipleHttp2Connections = true;
        handler.InitialHttp2StreamWindowSize = WindowBytes;
        handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
        handler.KeepAlivePingDelay = options.Value.PingDelay;
        handler.KeepAlivePingTimeout = options.Value.PingTimeout;
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds / 3);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
            await socket.ConnectAsync(context.DnsEndPoint, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
