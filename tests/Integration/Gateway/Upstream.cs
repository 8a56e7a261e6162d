using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Sluice.Tests.Integration.Gateway;

/// <summary>A service behind the gateway that does what the test says; always healthy.</summary>
internal sealed class Upstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Upstream(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    public static async Task<Upstream> StartAsync(
        RequestDelegate handler, HttpProtocols protocols = HttpProtocols.Http1)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(context => context.Request.Path.StartsWithSegments("/healthz", StringComparison.Ordinal)
            ? Task.CompletedTask
            : handler(context));
        await app.StartAsync();
        return new(app);
    }

    /// <summary>An address that nothing listens on (it was free a moment ago).</summary>
    public static async Task<string> DeadAddressAsync()
    {
        var upstream = await StartAsync(_ => Task.CompletedTask);
        var address = upstream.Address;
        await upstream.DisposeAsync();
        return address;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
