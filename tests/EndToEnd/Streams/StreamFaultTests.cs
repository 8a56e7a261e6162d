using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Faults;
using Xunit;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>
/// kill -9, freezes and cut connections while completions are streamed: what a reader has seen stays true, what was
/// generated is not lost, and no end looks complete that is not.
/// </summary>
[Collection(nameof(StreamFaults))]
public sealed class StreamFaultTests(StreamCluster cluster)
{
    [Fact]
    public async Task Streams_of_a_killed_gateway_end_whole_through_the_other_one()
    {
        const int tokens = 300;

        // A thousand of them at this pace are what 2 cores can make, carry and read without falling behind.
        var (streams, delayMs) = FaultSettings.Soak ? (1_000, 100) : (50, 10);
        var patience = TimeSpan.FromMinutes(2);
        var random = FaultSettings.Seeded("gateway killed");
        for (var round = 0; round < FaultSettings.Rounds(few: 1, soak: 4); round++)
        {
            var calls = await cluster.CallsAsync();
            var clients = await Task.WhenAll(
                Enumerable.Range(0, streams).Select(_ => cluster.StartAsync(gateway: round, tokens, delayMs)));
            await Task.WhenAll(clients.Select(client => client.ReadAsync(events: 1 + random.Next(40))));

            var gateway = cluster.Processes[ServiceKind.Gateway, 1 + (round % 2)];
            (await gateway.Process.KillAsync()).ShouldNotBeNull();
            var ends = await Task.WhenAll(clients.Select(client => client.ReadAsync()));
            ends.ShouldAllBe(end => end == StreamEnd.Broken);
            var seen = clients.Sum(client => client.Count);
            await Task.WhenAll(clients.Select(client => client.FinishAsync(cluster.Api(round + 1), patience)));

            FaultSettings.Say($"round {round}: {streams} readers had {seen} events when their gateway died");
            Array.ForEach(clients, client => client.ShouldBeWhole(tokens));
            (await cluster.CallsAsync() - calls).ShouldBe(streams);
            Array.ForEach(clients, client => client.Dispose());
            await gateway.WaitUntilReadyAsync();
        }
    }

    [Fact]
    public async Task Cut_after_any_event_a_running_stream_goes_on_to_the_same_bytes()
    {
        const int tokens = 30;
        const int events = tokens + 3;
        var calls = await cluster.CallsAsync();
        for (var cut = 1; cut <= events; cut++)
        {
            using var client = await cluster.StartAsync(gateway: cut, tokens, delayMs: 5);
            (await client.ReadAsync(cut)).ShouldBe(StreamEnd.Reached);
            await client.RejoinAsync(cluster.Api(cut + 1));
            (await client.ReadAsync()).ShouldBe(StreamEnd.Closed);

            client.ShouldBeWhole(tokens);
            client.Count.ShouldBe(events);
            (await WholeAsync(client.Id, gateway: cut)).ShouldBe(client.Text, $"cut after event {cut - 1}");
        }

        (await cluster.CallsAsync() - calls).ShouldBe(events);
    }

    [Fact]
    public async Task Cut_after_every_event_one_stream_is_still_the_same_bytes()
    {
        const int tokens = 30;
        var calls = await cluster.CallsAsync();
        using var client = await cluster.StartAsync(gateway: 0, tokens, delayMs: 20);

        while (!client.IsDone)
        {
            (await client.ReadAsync(client.Count + 1)).ShouldBe(StreamEnd.Reached);
            await client.RejoinAsync(cluster.Api(client.Count));
        }

        (await client.ReadAsync()).ShouldBe(StreamEnd.Closed);
        client.ShouldBeWhole(tokens);
        (await WholeAsync(client.Id, gateway: 0)).ShouldBe(client.Text);
        (await cluster.CallsAsync() - calls).ShouldBe(1);
    }

    [Fact]
    public async Task A_process_that_slept_longer_than_its_lease_writes_nothing_when_it_wakes()
    {
        var random = FaultSettings.Seeded("owner frozen");
        for (var round = 0; round < FaultSettings.Rounds(few: 1, soak: 20); round++)
        {
            using var client = await cluster.StartAsync(gateway: round, tokens: 3_000, delayMs: 5);
            (await client.ReadAsync(events: 1 + random.Next(100))).ShouldBe(StreamEnd.Reached);
            var owner = await cluster.OwnerAsync(client.Id);

            string frozen;
            owner.Process.Send(Signal.Freeze).ShouldBeTrue();
            try
            {
                await Eventually.Until("another process ended it", () => cluster.HasEndedAsync(client.Id));
                frozen = await WholeAsync(client.Id, gateway: round + 1);
                await cluster.Cluster.ScalarAsync($"SELECT pg_sleep({(FaultSettings.Soak ? 6 : 0)})");
            }
            finally
            {
                owner.Process.Send(Signal.Continue);
            }

            // Its own reader held the connection all the time, and is told what the log says.
            (await client.ReadAsync()).ShouldBe(StreamEnd.Closed);
            client.ErrorCode.ShouldBe("response_interrupted");
            client.ShouldBeSeamless();
            client.Text.ShouldBe(frozen);
            await Eventually.Until("it generates again", () => GeneratesAsync(owner));
            (await WholeAsync(client.Id, gateway: round)).ShouldBe(frozen);
            (await WholeAsync(client.Id, gateway: round + 1)).ShouldBe(frozen);
        }
    }

    /// <summary>The log's text of a response that has ended, read from its first event.</summary>
    private async Task<string> WholeAsync(string id, int gateway)
    {
        using var reader = new StreamClient(id);
        await reader.FinishAsync(cluster.Api(gateway));
        reader.ShouldBeSeamless();
        return reader.Text;
    }

    /// <summary>Whether a new stream came to the process and ended whole; which one it comes to is chance.</summary>
    private async Task<bool> GeneratesAsync(ClusterService process)
    {
        using var client = await cluster.StartAsync(gateway: 0, tokens: 3, delayMs: 0);
        await client.ReadAsync();
        client.ShouldBeWhole(tokens: 3);
        return await cluster.OwnerAsync(client.Id) == process;
    }
}
