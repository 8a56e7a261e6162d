using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Sluice.Simulator;

namespace Sluice.Tests.EndToEnd.Cluster;

/// <summary>
/// The simulated model behind HTTP in the test process: a provider like any other, and the witness of calls.
/// </summary>
internal sealed class UpstreamSimulator : IAsyncDisposable
{
    /// <summary>The model that providers of the cluster offer through it.</summary>
    public const string Model = "upstream-sim";

    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private UpstreamSimulator(WebApplication app, Uri address)
    {
        _app = app;
        Address = address;
        _http = new HttpClient { BaseAddress = address };
    }

    public Uri Address { get; }

    public static async Task<UpstreamSimulator> StartAsync()
    {
        var app = SimulatorHost.Build(["--urls=http://127.0.0.1:0"]);
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        return new(app, new Uri(addresses.Addresses.First()));
    }

    /// <summary>Configuration that makes <see cref="Model"/> a model of a service.</summary>
    public IEnumerable<KeyValuePair<string, string>> Settings() =>
    [
        new("Inference__Providers__upstream__Kind", "OpenAI"),
        new("Inference__Providers__upstream__BaseUrl", new Uri(Address, "/v1").ToString()),
        new("Inference__Providers__upstream__ApiKey", "upstream-key"),
        new("Inference__Providers__upstream__Models__0", Model),
    ];

    public async Task<JsonNode> StatsAsync() =>
        JsonNode.Parse(await _http.GetStringAsync(new Uri("/stats", UriKind.Relative)))!;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }
}
