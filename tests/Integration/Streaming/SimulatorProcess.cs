using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Sluice.Simulator;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>The simulated model as a real server, on a free port unless told another.</summary>
internal sealed class SimulatorProcess : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client = new();

    private SimulatorProcess(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First() + "/");

    /// <summary>Where it speaks HTTP/2 without TLS, if it does.</summary>
    public Uri Http2Address => new(_app.Urls.Last() + "/");

    public static Task<SimulatorProcess> StartAsync(int port = 0) =>
        StartAsync([string.Create(CultureInfo.InvariantCulture, $"--urls=http://127.0.0.1:{port}")]);

    /// <summary>One that speaks HTTP/2 at an address of its own.</summary>
    public static Task<SimulatorProcess> WithHttp2Async() => StartAsync(
    [
        "--Kestrel:Endpoints:a:Url=http://127.0.0.1:0",
        "--Kestrel:Endpoints:b:Url=http://127.0.0.1:0",
        "--Kestrel:Endpoints:b:Protocols=Http2",
    ]);

    private static async Task<SimulatorProcess> StartAsync(string[] settings)
    {
        var app = SimulatorHost.Build(settings);
        await app.StartAsync();
        return new SimulatorProcess(app);
    }

    public async Task<JsonElement> StatsAsync()
    {
        var json = await _client.GetStringAsync(new Uri(Address, "stats"));
        return JsonDocument.Parse(json).RootElement;
    }

    public async Task<long> StatAsync(string name) => (await StatsAsync()).GetProperty(name).GetInt64();

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }
}
