using Sluice.ServiceDefaults.Options;

namespace Sluice.Streaming.WebSockets;

/// <summary>Puts sockets into the host.</summary>
internal static class WebSocketHosting
{
    public static void AddResponseSockets(this IServiceCollection services)
    {
        services.AddValidatedOptions<WebSocketOptions>(WebSocketOptions.Section);
        services.AddSingleton<SocketResponses>();
        services.AddSingleton<SocketHost>();
        services.AddSingleton<SocketEndpoint>();
    }

    /// <summary>Over HTTP/2 the method is CONNECT (RFC 8441); the gateway comes that way.</summary>
    public static void MapResponseSockets(this WebApplication app)
    {
        app.UseWebSockets();
        app.MapMethods(
            "/v1/responses",
            [HttpMethods.Get, HttpMethods.Connect],
            (HttpContext context, SocketEndpoint endpoint) => endpoint.RunAsync(context));
    }
}
