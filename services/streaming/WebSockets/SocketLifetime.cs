using Microsoft.AspNetCore.Http.Features;

namespace Sluice.Streaming.WebSockets;

/// <summary>
/// Who may reset a socket's connection: Sluice, not the framework. That one aborts the request right after it wrote the
/// close frame of a fault of the protocol (1002, 1007), and what is queued but not sent yet would be lost with it. Such
/// a connection ends with its request instead, when all of it is sent.
/// </summary>
internal sealed class SocketLifetime : IHttpRequestLifetimeFeature, IDisposable
{
    private readonly HttpContext _context;
    private readonly IHttpRequestLifetimeFeature _connection;
    private readonly CancellationTokenSource _aborted;

    private SocketLifetime(HttpContext context, IHttpRequestLifetimeFeature connection)
    {
        (_context, _connection) = (context, connection);
        _aborted = CancellationTokenSource.CreateLinkedTokenSource(connection.RequestAborted);
        RequestAborted = _aborted.Token;
    }

    /// <summary>Cancelled when the connection is gone, or the framework has given the socket up.</summary>
    public CancellationToken RequestAborted { get; set; }

    /// <summary>Takes a request's lifetime over, before its socket is accepted.</summary>
    public static SocketLifetime Take(HttpContext context)
    {
        var lifetime = new SocketLifetime(
            context, context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>());
        context.Features.Set<IHttpRequestLifetimeFeature>(lifetime);
        return lifetime;
    }

    /// <summary>The request has its own again: who handles what the socket threw can reset it.</summary>
    public void Dispose()
    {
        _context.Features.Set(_connection);
        _aborted.Dispose();
    }

    /// <summary>What the framework calls: its socket's reads and writes end, the connection stays.</summary>
    public void Abort() => _aborted.Cancel();

    /// <summary>Resets the connection, or its HTTP/2 stream; what is not sent is lost.</summary>
    public void Reset() => _connection.Abort();
}
