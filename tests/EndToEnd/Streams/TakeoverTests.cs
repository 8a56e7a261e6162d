using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Cluster;
using Sluice.Tests.EndToEnd.Faults;
using Xunit;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>
/// Responses whose provider can go on with an answer outlive the process that generates them, and their readers cannot
/// tell: one text, each event once.
/// </summary>
[Collection(nameof(Alone))]
public sealed class TakeoverTests(StreamCluster cluster) : IClassFixture<StreamCluster>
{
    public static TheoryData<string> Models => [UpstreamSimulator.ReplayModel, UpstreamSimulator.PrefixModel];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task A_response_whose_process_was_killed_goes_on_elsewhere_without_a_seam(string model)
    {
        const int tokens = 400;
        var random = FaultSettings.Seeded("takeover of " + model);
        for (var round = 0; round < FaultSettings.Rounds(few: 2, soak: 100); round++)
        {
            using var client = await cluster.StartAsync(gateway: round, tokens, delayMs: 10, model);
            (await client.ReadAsync(events: 2 + random.Next(150))).ShouldBe(StreamEnd.Reached);
            var owner = await cluster.OwnerAsync(client.Id);

            (await owner.Process.KillAsync()).ShouldNotBeNull();
            (await client.ReadAsync()).ShouldBe(StreamEnd.Broken);
            var seen = client.Count;
            await client.FinishAsync(cluster.Api(round + 1));

            FaultSettings.Say($"round {round}: killed {owner.Process.Name}, {seen} of {client.Count} events seen");
            client.ShouldBeWhole(tokens);
            await owner.WaitUntilReadyAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task A_process_asked_to_stop_hands_its_responses_over_and_serves_their_readers_to_the_end(string model)
    {
        const int tokens = 500;
        for (var round = 0; round < FaultSettings.Rounds(few: 1, soak: 20); round++)
        {
            using var client = await cluster.StartAsync(gateway: round, tokens, delayMs: 5, model);
            (await client.ReadAsync(events: 20)).ShouldBe(StreamEnd.Reached);
            var owner = await cluster.OwnerAsync(client.Id);
            var pid = owner.Process.Pid;

            owner.Process.Send(Signal.Terminate).ShouldBeTrue();
            await Eventually.Until(
                "another process goes on",
                async () => await cluster.FindOwnerAsync(client.Id) is { } now && now != owner);

            // The connection to the old process is never broken: it reads on where the new one writes.
            (await client.ReadAsync()).ShouldBe(StreamEnd.Closed);
            client.ShouldBeWhole(tokens);
            await Eventually.Until("the old one has ended", () => owner.Process.Pid is { } other && other != pid);
            await owner.WaitUntilReadyAsync();
        }
    }

    [Fact]
    public async Task A_response_that_ends_each_of_its_processes_ends_with_an_error_itself()
    {
        using var client = await cluster.StartAsync(
            gateway: 0, tokens: 3_000, delayMs: 10, UpstreamSimulator.ReplayModel);
        (await client.ReadAsync(events: 5)).ShouldBe(StreamEnd.Reached);
        for (var death = 1; death <= 3; death++)
        {
            var owner = await Eventually.Value(
                "it is taken over", async () => await cluster.TakeoversAsync(client.Id) == death - 1
                    ? await cluster.FindOwnerAsync(client.Id) : null);
            (await owner.Process.KillAsync()).ShouldNotBeNull();
            await owner.WaitUntilReadyAsync();
        }

        await client.FinishAsync(cluster.Api(1));

        client.ErrorCode.ShouldBe("response_takeover_limit");
        client.ShouldBeSeamless();
        await cluster.Processes.WaitUntilReadyAsync();
    }

    [Fact]
    public async Task A_process_that_slept_longer_than_its_lease_does_not_disturb_the_one_that_goes_on()
    {
        const int tokens = 800;
        using var client = await cluster.StartAsync(gateway: 0, tokens, delayMs: 10, UpstreamSimulator.PrefixModel);
        (await client.ReadAsync(events: 30)).ShouldBe(StreamEnd.Reached);
        var owner = await cluster.OwnerAsync(client.Id);

        owner.Process.Send(Signal.Freeze).ShouldBeTrue();
        try
        {
            await Eventually.Until(
                "another process goes on",
                async () => await cluster.FindOwnerAsync(client.Id) is { } now && now != owner);
            await cluster.Cluster.ScalarAsync($"SELECT pg_sleep({(FaultSettings.Soak ? 6 : 0)})");
        }
        finally
        {
            owner.Process.Send(Signal.Continue);
        }

        (await client.ReadAsync()).ShouldBe(StreamEnd.Closed);
        client.ShouldBeWhole(tokens);
    }
}
