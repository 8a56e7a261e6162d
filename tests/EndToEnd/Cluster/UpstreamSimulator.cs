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

    /// <summary>The same, declared to give the same answer again.</summary>
    public const string ReplayModel = "upstream-replay";

    /// <summary>The same, declared to go on with an answer's start.</summary>
    public const string PrefixModel = "upstream-prefix";

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

    /// <summary>Configuration that makes its models those of a service.</summary>
    public IEnumerable<KeyValuePair<string, string>> Settings() =>
    [
        .. Provider("upstream", Model, "None"),
        .. Provider("replay", ReplayModel, "Deterministic"),
        .. Provider("prefix", PrefixModel, "AssistantPrefix"),
    ];

    /// <summary>Configuration that lets tasks of the type <c>http</c> call it.</summary>
    public IEnumerable<KeyValuePair<string, string>> HttpTaskSettings() =>
    [
        new("HttpTasks__AllowedHosts__0", Address.Authority),
        new("HttpTasks__AllowPrivateAddresses", "true"),
    ];

    public async Task<JsonNode> StatsAsync() =>
        JsonNode.Parse(await _http.GetStringAsync(new Uri("/stats", UriKind.Relative)))!;

    private Dictionary<string, string> Provider(string name, string model, string continuation) => new()
    {
        [$"Inference__Providers__{name}__Kind"] = "OpenAI",
        [$"Inference__Providers__{name}__BaseUrl"] = new Uri(Address, "/v1").ToString(),
        [$"Inference__Providers__{name}__ApiKey"] = "upstream-key",
        [$"Inference__Providers__{name}__Models__0"] = model,
        [$"Inference__Providers__{name}__Continuation"] = continuation,
    };

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }
}
