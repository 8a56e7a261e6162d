using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Sluice.Gateway;
using Sluice.ServiceDefaults.Hosting;

namespace Sluice.Tests.Integration.Gateway;

/// <summary>The real gateway on free ports, with a client that has the development key.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestGateway(WebApplication app)
    {
        _app = app;
        Public = app.ListenerAddress(ListenerKind.Public);
        Internal = app.ListenerAddress(ListenerKind.Internal);
        Client = NewClient("sk-dev");
    }

    public Uri Public { get; }

    public Uri Internal { get; }

    public HttpClient Client { get; }

    public static Task<TestGateway> StartAsync(Upstream upstream, params string[] args) =>
        StartAsync(
            [
                $"--ReverseProxy:Clusters:streaming:Destinations:a:Address={upstream.Address}",
                $"--ReverseProxy:Clusters:scheduler:Destinations:a:Address={upstream.Address}",
                .. args,
            ]);

    public static async Task<TestGateway> StartAsync(params string[] args)
    {
        var app = GatewayHost.Build(
            [
                "--environment=Development",
                "--Gateway:PublicUrl=http://127.0.0.1:0",
                "--Internal:Url=http://127.0.0.1:0",
                "--Logging:LogLevel:Default=Error",

                // The upstreams of these tests are raw sockets and small hosts, which speak HTTP/1.1.
                "--ReverseProxy:Clusters:streaming:HttpRequest:Version=1.1",
                .. args,
            ]);
        await app.StartAsync();
        return new(app);
    }

    public HttpClient NewClient(string? key)
    {
        // A client that leaves must leave at once, not read on for two seconds to save its connection.
        var handler = new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero };
        var client = new HttpClient(handler) { BaseAddress = Public, Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }
}
