using System.Diagnostics;
using System.Net;
using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Cluster;
using Sluice.Tests.EndToEnd.Faults;
using Xunit;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>PostgreSQL dies while completions are streamed, on a private server.</summary>
[Collection(nameof(Alone))]
public sealed class StreamDatabaseFaultTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync() =>
        _cluster = await TestCluster.StartPrivateDatabaseAsync(StreamCluster.Twice);

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Streams_pause_while_the_database_is_killed_and_started_again_and_end_whole()
    {
        const int streams = 10;
        const int tokens = 500;
        var random = FaultSettings.Seeded("database killed");
        var apis = StreamCluster.Apis(_cluster).ToList();
        for (var round = 0; round < FaultSettings.Rounds(few: 1, soak: 20); round++)
        {
            var calls = await CallsAsync();
            var clients = await Task.WhenAll(Enumerable.Range(0, streams).Select(
                n => StreamClient.StartAsync(apis[n % apis.Count], UpstreamSimulator.Model, tokens, delayMs: 10)));
            await Task.WhenAll(clients.Select(client => client.ReadAsync(events: 1 + random.Next(100))));

            var ends = Task.WhenAll(clients.Select(client => client.ReadAsync()));
            var killed = Stopwatch.GetTimestamp();
            await _cluster.Processes.Servers.Postgres!.StopAsync(Signal.Kill);
            await Eventually.Until("new streams are refused", () => IsRefusedAsync(apis[0]));
            await _cluster.Processes.Servers.RestartPostgresAsync();
            var down = Stopwatch.GetElapsedTime(killed).TotalSeconds;

            (await ends).ShouldAllBe(end => end == StreamEnd.Closed);
            var took = Stopwatch.GetElapsedTime(killed).TotalSeconds;
            FaultSettings.Say($"round {round}: no database for {down:0.0} s, all streams ended after {took:0.0} s");
            Array.ForEach(clients, client => client.ShouldBeWhole(tokens));
            (await CallsAsync() - calls).ShouldBe(streams);
            Array.ForEach(clients, client => client.Dispose());
            await _cluster.Processes.WaitUntilReadyAsync();
        }

        apis.ForEach(api => api.Dispose());
    }

    /// <summary>
    /// Whether a new stream gets 503. One that comes before the outage is noticed waits for its commit, and is left.
    /// </summary>
    private static async Task<bool> IsRefusedAsync(SluiceApi api)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        using var content = StreamClient.Request("sluice-sim", tokens: 1, delayMs: 0);
        using var answer = await api.StartAsync(HttpMethod.Post, SluiceApi.ChatUrl, content, patience.Token);
        return answer.StatusCode == HttpStatusCode.ServiceUnavailable
            && (await answer.Content.ReadAsStringAsync()).Contains("log_unavailable", StringComparison.Ordinal);
    }

    private async Task<int> CallsAsync() => (await _cluster.Upstream.StatsAsync())["calls"]!.GetValue<int>();
}
