using Shouldly;
using Sluice.LocalCluster.Services;
using Sluice.Tests.EndToEnd.Cluster;
using Sluice.Tests.EndToEnd.Faults;
using Xunit;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>
/// kill -9 of the process that generates, at random tokens, with answers of every mode of continuation in it: what was
/// read stays true, and the rest follows without a seam where the provider can; else an error event ends it.
/// </summary>
[Collection(nameof(StreamFaults))]
public sealed class OwnerKilledTests(StreamCluster cluster)
{
    private const int Tokens = 400;

    private static readonly string[] s_models =
        [UpstreamSimulator.Model, UpstreamSimulator.ReplayModel, UpstreamSimulator.PrefixModel];

    [Fact]
    public async Task Answers_whose_process_was_killed_at_any_token_go_on_or_end_as_their_provider_can()
    {
        var random = FaultSettings.Seeded("owner killed");
        var kills = s_models.ToDictionary(model => model, _ => 0, StringComparer.Ordinal);
        for (var round = 0; kills.Values.Min() < FaultSettings.Rounds(few: 2, soak: 100); round++)
        {
            var at = Enumerable.Range(0, 4 * s_models.Length)
                .Select(n => (Model: s_models[n % s_models.Length], Events: 2 + random.Next(100))).ToList();
            var streams = await Task.WhenAll(at.Select(one => StartAsync(one.Model, one.Events, round)));

            // Of the mode that was met least so far; and so many of the others as chance has brought there.
            var least = kills.MinBy(one => one.Value).Key;
            var owner = streams.First(stream => stream.Model == least).Owner;
            var there = streams.Where(stream => stream.Owner == owner).ToList();
            (await owner.Process.KillAsync()).ShouldNotBeNull();
            await Task.WhenAll(streams.Select(stream => EndAsync(stream, stream.Owner == owner, round + 1)));

            there.ForEach(stream => kills[stream.Model]++);
            FaultSettings.Say($"round {round}: killed {owner.Process.Name} with {there.Count} answers");
            Array.ForEach(streams, stream => stream.Client.Dispose());
            await owner.WaitUntilReadyAsync();
        }

        FaultSettings.Say(string.Join(", ", kills.Select(one => $"{one.Key}: {one.Value} killed")));
    }

    private async Task<(string Model, StreamClient Client, ClusterService Owner)> StartAsync(
        string model, int events, int gateway)
    {
        var client = await cluster.StartAsync(gateway, Tokens, delayMs: 10, model);
        (await client.ReadAsync(events)).ShouldBe(StreamEnd.Reached);
        return (model, client, await cluster.OwnerAsync(client.Id));
    }

    private async Task EndAsync(
        (string Model, StreamClient Client, ClusterService Owner) stream, bool wasKilled, int gateway)
    {
        var (model, client, _) = stream;
        var end = await client.ReadAsync();
        if (wasKilled)
        {
            end.ShouldBe(StreamEnd.Broken);
            client.IsDone.ShouldBeFalse();
            client.ErrorCode.ShouldBeNull();
            await client.FinishAsync(cluster.Api(gateway));
        }

        if (wasKilled && model == UpstreamSimulator.Model)
        {
            client.ErrorCode.ShouldBe("response_interrupted");
            client.ShouldBeSeamless();
        }
        else
        {
            client.ShouldBeWhole(Tokens);
        }

        using var again = new StreamClient(client.Id);
        await again.FinishAsync(cluster.Api(gateway + 1));
        again.Text.ShouldBe(client.Text);
    }
}
