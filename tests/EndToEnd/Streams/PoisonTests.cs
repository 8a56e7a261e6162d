using Shouldly;
using Sluice.LocalCluster.Services;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Cluster;
using Sluice.Tests.EndToEnd.Faults;
using Xunit;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>A prompt that ends the process that answers it, every time.</summary>
[Collection(nameof(Alone))]
public sealed class PoisonTests
{
    private static readonly Dictionary<string, string> s_none = [];

    /// <summary>
    /// It dies with the tenth new chunk that a process generates for it after its first commit: 0.3 s later, when its
    /// reader has the head of the answer. What others had is generated again before, and is not counted: the third
    /// process dies after 0.9 s. After <c>Streaming:TakeoverProbation</c>, 2 s, it would be one that lasts.
    /// </summary>
    private static readonly Dictionary<string, string> s_settings = new()
    {
        ["SLUICE_FAULT_POINTS"] = "response.poison=kill@10",
    };

    [Fact]
    public async Task A_prompt_that_kills_its_process_ends_after_few_deaths_and_what_ran_beside_it_ends_whole()
    {
        // Some seconds, begun anew with each takeover where they are generated again: they are there at every death.
        const int tokens = 600;

        // One that was there at two deaths waits for each other one that was, until that has lasted for 2 s.
        var patience = TimeSpan.FromMinutes(3);
        await using var cluster = await TestCluster.StartSharedAsync(options => StreamCluster.Twice(options) with
        {
            Environment = (kind, _) => kind == ServiceKind.Streaming ? s_settings : s_none,
        });
        var apis = StreamCluster.Apis(cluster).ToList();
        var neighbours = await Task.WhenAll(
            Enumerable.Range(0, FaultSettings.Rounds(few: 4, soak: 40)).Select(n => StreamClient.StartAsync(
                apis[n % 2], n / 2 % 2 == 0 ? UpstreamSimulator.ReplayModel : UpstreamSimulator.PrefixModel,
                tokens, delayMs: 10)));
        await Task.WhenAll(neighbours.Select(neighbour => neighbour.ReadAsync(events: 5)));
        var starts = Starts(cluster);
        using var poison = await StreamClient.StartAsync(
            apis[0], UpstreamSimulator.ReplayModel, tokens, delayMs: 30, word: "#poison");

        (await poison.ReadAsync()).ShouldBe(StreamEnd.Broken);
        await poison.FinishAsync(apis[1], patience);
        await Task.WhenAll(neighbours.Select((neighbour, n) => neighbour.FinishAsync(apis[n % 2], patience)));
        await cluster.Processes.WaitUntilReadyAsync();

        poison.ErrorCode.ShouldBe("response_takeover_limit");
        poison.ShouldBeSeamless();
        Array.ForEach(neighbours, neighbour => neighbour.ShouldBeWhole(tokens));
        (Starts(cluster) - starts).ShouldBe(3, "the first one, and two that took it over");
        using var next = await StreamClient.StartAsync(apis[0], UpstreamSimulator.ReplayModel, tokens: 5, delayMs: 0);
        await next.ReadAsync();
        next.ShouldBeWhole(tokens: 5);
        Array.ForEach(neighbours, neighbour => neighbour.Dispose());
        apis.ForEach(api => api.Dispose());
    }

    private static int Starts(TestCluster cluster) => cluster.Processes.Services
        .Where(service => service.Kind == ServiceKind.Streaming)
        .Sum(service => service.Process.Starts);
}
