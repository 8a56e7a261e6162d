using Sluice.ServiceDefaults.Errors;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Telemetry;

namespace Sluice.Streaming.WebSockets;

/// <summary>Takes sockets on <c>/v1/responses</c>, at most <c>WebSocket:MaxSockets</c> at once. Thread-safe.</summary>
internal sealed class SocketEndpoint(SocketHost host)
{
    private static readonly OpenAiErrorResult NoUpgrade = new(
        StatusCodes.Status426UpgradeRequired,
        new("GET here opens a WebSocket; create a response with POST.", OpenAiErrorType.InvalidRequest));

    private static readonly Refusal TooMany =
        Refusal.Unavailable("Too many sockets are open; try again.", "too_many_sockets");

    private int _open;

    public async Task RunAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            await context.WriteErrorAsync(NoUpgrade);
            return;
        }

        try
        {
            var refusal = Interlocked.Increment(ref _open) > host.Options.MaxSockets ? TooMany
                : host.Active.IsClosed ? Refusal.ShuttingDown
                : null;
            await (refusal is null ? AcceptAsync(context) : refusal.Answer.ExecuteAsync(context));
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task AcceptAsync(HttpContext context)
    {
        using var lifetime = SocketLifetime.Take(context);
        using var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext
        {
            KeepAliveInterval = host.Options.KeepAliveInterval,
            KeepAliveTimeout = host.Options.KeepAliveTimeout,
        });
        using var session = new SocketSession(context, lifetime, socket, host);
        StreamingMetrics.SocketOpened();
        try
        {
            await session.RunAsync();
        }
        finally
        {
            StreamingMetrics.SocketClosed();
        }
    }
}
