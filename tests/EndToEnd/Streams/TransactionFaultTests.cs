using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Cluster;
using Sluice.Tests.EndToEnd.Faults;
using Xunit;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>A process that freezes inside a transaction, with what it has locked.</summary>
[Collection(nameof(Alone))]
public sealed class TransactionFaultTests
{
    private static readonly Dictionary<string, string> s_none = [];

    private static readonly Dictionary<string, string> s_frozen = new()
    {
        ["SLUICE_FAULT_POINTS"] = "takeover.rowsWritten=stop",
    };

    /// <summary>So that a takeover has rows to write.</summary>
    private static readonly Dictionary<string, string> s_seldomRows = new() { ["Log__RowInterval"] = "00:00:10" };

    [Fact]
    public async Task One_that_freezes_while_it_takes_over_holds_nobody_up_and_changes_nothing_when_it_wakes()
    {
        const int tokens = 400;
        await using var cluster = await TestCluster.StartSharedAsync(options => StreamCluster.Twice(options) with
        {
            Environment = (kind, number) => kind != ServiceKind.Streaming ? s_none
                : number == 1 ? s_seldomRows : s_frozen,
        });
        using var api = new SluiceApi(cluster.Url, TestKeys.Dev);
        var (dies, freezes) = (
            cluster.Processes[ServiceKind.Streaming, 1], cluster.Processes[ServiceKind.Streaming, 2]);
        using var client = await StartAtAsync(cluster, api, dies, tokens);
        (await client.ReadAsync(events: 50)).ShouldBe(StreamEnd.Reached);

        // The second one freezes with the first one's rows written and not committed; the first one comes back.
        (await dies.Process.KillAsync()).ShouldNotBeNull();
        await Eventually.Until("it sleeps", () => freezes.IsAsleep());
        await client.FinishAsync(api);
        freezes.Process.Send(Signal.Continue).ShouldBeTrue();

        client.ShouldBeWhole(tokens);
        FaultSettings.Say($"taken over from both, {client.Count} events");
        await Eventually.Until("the one that slept generates again", async () =>
        {
            using var next = await StartAtAsync(cluster, api, freezes, tokens: 5);
            await next.ReadAsync();
            next.ShouldBeWhole(tokens: 5);
            return true;
        });
        using var again = new StreamClient(client.Id);
        await again.FinishAsync(api);
        again.Text.ShouldBe(client.Text);
    }

    /// <summary>Which process a response comes to is chance: it starts until one has come to the right one.</summary>
    private static async Task<StreamClient> StartAtAsync(
        TestCluster cluster, SluiceApi api, ClusterService owner, int tokens)
    {
        while (true)
        {
            var client = await StreamClient.StartAsync(api, UpstreamSimulator.PrefixModel, tokens, delayMs: 10);
            (await client.ReadAsync(events: 2)).ShouldBe(StreamEnd.Reached);
            if ((string?)await cluster.ScalarAsync(
                $"""
                 SELECT i.address FROM streaming.responses r JOIN streaming.instances i ON i.id = r.owner
                 WHERE r.id = '{client.Id[^32..]}'
                 """) is { } address && owner.Http2Url == new Uri(address))
            {
                return client;
            }

            client.Dispose();
        }
    }
}
