using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Sluice.ServiceDefaults;
using Sluice.ServiceDefaults.Hosting;

namespace Sluice.Tests.Integration.ServiceDefaults;

/// <summary>A service with the common defaults and the endpoints of the test, on a free port.</summary>
internal sealed class DefaultsHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private DefaultsHost(WebApplication app)
    {
        _app = app;
        Client = new HttpClient { BaseAddress = app.ListenerAddress(ListenerKind.Internal) };
    }

    public HttpClient Client { get; }

    public static async Task<DefaultsHost> StartAsync(
        Action<WebApplication> map, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(
            ["--environment=Development", "--Internal:Url=http://127.0.0.1:0", "--Logging:LogLevel:Default=None"]);
        builder.AddServiceDefaults("test");
        configure?.Invoke(builder);
        var app = builder.Build();
        map(app);
        app.MapServiceDefaults();
        await app.StartAsync();
        return new(app);
    }

    public Uri Address(ListenerKind kind) => _app.ListenerAddress(kind);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
