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

    public static async Task<SimulatorProcess> StartAsync(int port = 0)
    {
        var app = SimulatorHost.Build([string.Create(CultureInfo.InvariantCulture, $"--urls=http://127.0.0.1:{port}")]);
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
