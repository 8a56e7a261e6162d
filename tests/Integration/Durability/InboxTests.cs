using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shouldly;
using Sluice.Durability.Faults;
using Sluice.TestKit;
using Sluice.Tests.Integration.Durability.Messages;
using Sluice.Tests.Integration.Durability.Sample;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>However often a message is delivered, its effect happens once.</summary>
public sealed class InboxTests : DurableTest
{
    [Fact]
    public async Task A_message_that_comes_again_is_dropped()
    {
        var host = await Cluster.StartAsync();
        using var duplicates = new Tally(DurableCluster.Metrics(host).Duplicates);
        var id = Guid.NewGuid();
        await PublishAsync(host, id, "again", 1);
        await Cluster.WrittenAsync("again");

        await PublishAsync(host, id, "again", 1);

        await Eventually.Until("the second one was refused", () => duplicates.Sum == 1);
        (await Cluster.EffectsAsync("again")).ShouldBe(1);
        DurableCluster.Tries(host).Of("again").ShouldBe(1);
    }

    [Fact]
    public async Task Copies_that_arrive_at_once_on_many_hosts_have_one_effect()
    {
        var hosts = new[] { await Cluster.StartAsync(), await Cluster.StartAsync() };
        using var first = new Tally(DurableCluster.Metrics(hosts[0]).Duplicates);
        using var second = new Tally(DurableCluster.Metrics(hosts[1]).Duplicates);

        await PublishAsync(hosts[0], Guid.NewGuid(), "copied", 40);

        await Eventually.Until("39 copies were refused", () => first.Sum + second.Sum == 39);
        (await Cluster.EffectsAsync("copied")).ShouldBe(1);
        await Eventually.Until("it was published", () => hosts.Sum(Written) == 1);
        hosts.Sum(host => DurableCluster.Tries(host).Of("copied")).ShouldBe(1);

        static int Written(IHost host) => DurableCluster.Tries(host).Of("written:copied");
    }

    [Fact]
    public async Task A_crash_before_the_commit_leaves_nothing_and_the_next_try_does_it()
    {
        var faults = new FaultSwitch();
        var host = await StartAsync(faults);
        faults.ThrowOnce("inbox.beforeCommit");

        await PublishAsync(host, Guid.NewGuid(), "crashed", 1);

        await Eventually.Until("it was published", () => DurableCluster.Tries(host).Of("written:crashed") > 0);
        (await Cluster.EffectsAsync("crashed")).ShouldBe(1);
        DurableCluster.Tries(host).Of("crashed").ShouldBe(2);
        DurableCluster.Tries(host).Of("written:crashed").ShouldBe(1);
    }

    [Fact]
    public async Task A_crash_between_commit_and_acknowledgement_repeats_nothing()
    {
        var faults = new FaultSwitch();
        var host = await StartAsync(faults);
        using var duplicates = new Tally(DurableCluster.Metrics(host).Duplicates);
        faults.ThrowOnce("inbox.afterCommit");

        await PublishAsync(host, Guid.NewGuid(), "unacknowledged", 1);

        await Eventually.Until("its repetition was refused", () => duplicates.Sum == 1);
        (await Cluster.EffectsAsync("unacknowledged")).ShouldBe(1);
        DurableCluster.Tries(host).Of("unacknowledged").ShouldBe(1);
    }

    [Fact]
    public async Task A_frozen_consumer_keeps_its_message_from_nobody()
    {
        var broker = new Uri(Cluster.Vhost.Uri);
        await using var proxy = FaultProxy.To(broker.Host, broker.Port);
        var faults = new FaultSwitch();
        var frozen = await StartAsync(
            faults,
            ("ConnectionStrings:RabbitMq", new UriBuilder(broker) { Port = proxy.Port }.Uri.ToString()),
            ("Messaging:Heartbeat", "00:00:01"),
            ("Postgres:IdleInTransactionTimeout", "00:00:00.500"));
        var held = faults.HoldOnce("inbox.beforeCommit");
        await PublishAsync(frozen, Guid.NewGuid(), "moved", 1);
        await held.Reached.WaitAsync(Eventually.Patience);
        var other = await Cluster.StartAsync();

        proxy.CutAfter(0);
        await Cluster.WrittenAsync("moved");
        held.Release();
        await Cluster.StopAsync(frozen);

        (await Cluster.EffectsAsync("moved")).ShouldBe(1);
        DurableCluster.Tries(other).Of("moved").ShouldBe(1);
    }

    [Fact]
    public async Task Old_rows_are_forgotten_in_small_steps()
    {
        var host = await Cluster.StartAsync(settings:
        [
            ("Outbox:InboxRetention", "00:00:01"), ("Outbox:InboxCleanupEvery", "00:00:00.050"),
            ("Outbox:InboxCleanupBatch", "2"),
        ]);

        await DurableCluster.CommitAsync(host, bus => bus.PublishBatch(
            Enumerable.Range(1, 7).Select(i => new WriteEffect { Text = $"old {i}" })));

        await Eventually.Until("all are consumed", async () =>
            await Cluster.CountAsync("SELECT count(*) FROM durable.effects") == 7);
        await Eventually.Until("the inbox is empty", async () =>
            await Cluster.CountAsync("SELECT count(*) FROM durable.inbox") == 0);
    }

    private Task<IHost> StartAsync(FaultSwitch faults, params (string Key, string Value)[] settings) =>
        Cluster.StartAsync(services: s => s.AddSingleton<IFaultPoints>(faults), settings: settings);

    private static Task PublishAsync(IHost host, Guid id, string text, int copies) =>
        DurableCluster.CommitAsync(host, async bus =>
        {
            for (var i = 0; i < copies; i++)
            {
                await bus.Publish(new WriteEffect { Text = text }, context => context.MessageId = id);
            }
        });
}
