using System.Diagnostics;
using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>
/// Three RabbitMQ nodes with quorum queues: the one that leads the queue of shards is killed, or freezes, and the
/// batches at work go on at the others.
/// </summary>
[Collection(nameof(Alone))]
public sealed class BrokerClusterTests(BrokerCluster cluster) : IClassFixture<BrokerCluster>
{
    private const int Lines = 2_000;
    private const string Slow = "first_ms=50";

    [Fact]
    public async Task The_leader_killed_or_frozen_in_mid_batch_costs_time_only()
    {
        var random = FaultSettings.Seeded(nameof(The_leader_killed_or_frozen_in_mid_batch_costs_time_only));
        var first = random.Next(2);
        for (var round = first; round < first + FaultSettings.Rounds(few: 1, soak: 20); round++)
        {
            await HaveReplicasAsync(BrokerCluster.Shards);
            var run = new FaultRun(cluster);
            await run.StartAsync(Lines, Slow, share: 0.1 + (random.NextDouble() * 0.4));
            var leader = await cluster.LeaderAsync(BrokerCluster.Shards);
            var done = await run.ShouldBeAtWorkAsync();
            if (round % 2 == 0)
            {
                (await leader.Process.KillAsync()).ShouldNotBeNull();
            }
            else
            {
                leader.Process.Send(Signal.Freeze).ShouldBeTrue();
            }

            // While it sleeps the others do all the work: what was begun, and what comes now.
            var since = Stopwatch.GetTimestamp();
            var submitted = new FaultRun(cluster);
            await submitted.SubmitAsync(200, "");
            await submitted.CheckLinesAsync();
            var took = Stopwatch.GetElapsedTime(since).TotalSeconds;
            FaultSettings.Say($"round {round}: {leader.Name} fell out after {done} lines; 200 more took {took:0.0} s");
            await run.CheckLinesAsync();
            leader.Process.Send(Signal.Continue);

            await cluster.Processes.WaitUntilReadyAsync();
            await run.CheckAsync(mayRepeat: 0);
            await submitted.CheckAsync(mayRepeat: 0);
        }
    }

    /// <summary>
    /// A channel that sends to a queue for the first time while the node that leads it sleeps is of no use until that
    /// node is back (ADR 0017), and here both schedulers have such channels to nodes that are awake.
    /// </summary>
    [Fact]
    public async Task The_first_message_to_a_queue_whose_leader_sleeps_arrives()
    {
        // The schedulers take the first of the nodes that answers, and so another one is to lead: once that has died.
        var nearest = cluster.Processes.Servers.RabbitMqNodes[0];
        await HaveReplicasAsync(BrokerCluster.Validation);
        var leader = await cluster.LeaderAsync(BrokerCluster.Validation);
        if (leader == nearest)
        {
            (await nearest.Process.KillAsync()).ShouldNotBeNull();
            await cluster.Processes.WaitUntilReadyAsync();
            await HaveReplicasAsync(BrokerCluster.Validation);
            leader = await cluster.LeaderAsync(BrokerCluster.Validation);
        }

        leader.ShouldNotBe(nearest);
        foreach (var scheduler in cluster.Processes.Services.Where(service => service.Kind == ServiceKind.Scheduler))
        {
            (await scheduler.Process.KillAsync()).ShouldNotBeNull();
        }

        await cluster.Processes.WaitUntilReadyAsync();
        (await cluster.NodesOfSchedulersAsync()).ShouldNotContain(leader.Name);

        leader.Process.Send(Signal.Freeze).ShouldBeTrue();
        var run = new FaultRun(cluster);
        await run.SubmitAsync(200, "");
        await run.CheckLinesAsync();
        leader.Process.Send(Signal.Continue);

        await cluster.Processes.WaitUntilReadyAsync();
        await run.CheckAsync(mayRepeat: 0);
    }

    private Task HaveReplicasAsync(string queue) => Eventually.Until(
        "all nodes have the queue", async () => await cluster.ReplicasAsync(queue) == 3);
}
