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

/// <summary>Relays share the work, and what one leaves behind another finishes.</summary>
public sealed class RelayTests : DurableTest
{
    private static readonly (string, string)[] ShortLease =
        [("Outbox:Lease", "00:00:02"), ("Outbox:PublishTimeout", "00:00:01.500")];

    [Fact]
    public async Task Many_relays_publish_every_message_once()
    {
        var writer = await Cluster.StartAsync(outbox: o => o.DisableRelay());
        var relays = new List<IHost>();
        for (var i = 0; i < 4; i++)
        {
            relays.Add(await Cluster.StartAsync(
                DurableCluster.AddNoConsumers,
                settings: [("Outbox:BatchSize", "20"), ("Outbox:PollMax", "00:00:00.050")]));
        }

        var tallies = relays.ConvertAll(relay => new Tally(DurableCluster.Metrics(relay).Delivered));
        for (var i = 0; i < 20; i++)
        {
            await DurableCluster.CommitAsync(writer, bus => bus.PublishBatch(
                Enumerable.Range(0, 100).Select(_ => new EffectWritten { Text = "shared" })));
        }

        await Cluster.EmptyAsync();
        await Eventually.Until("all have arrived", () => DurableCluster.Tries(writer).Of("written:shared") >= 2000);
        await Eventually.Until("all are counted", () => tallies.Sum(tally => tally.Sum) >= 2000);
        DurableCluster.Tries(writer).Of("written:shared").ShouldBe(2000);
        tallies.Sum(tally => tally.Sum).ShouldBe(2000);
        tallies.Count(tally => tally.Sum > 0).ShouldBeGreaterThan(1);
        tallies.ForEach(tally => tally.Dispose());
    }

    [Fact]
    public async Task A_crash_between_publish_and_delete_publishes_again_and_has_one_effect()
    {
        var faults = new FaultSwitch();
        faults.ThrowOnce("outbox.afterPublish");
        var host = await Cluster.StartAsync(
            services: s => s.AddSingleton<IFaultPoints>(faults), settings: ShortLease);
        using var duplicates = new Tally(DurableCluster.Metrics(host).Duplicates);

        await DurableCluster.CommitAsync(host, bus => bus.PublishBatch(
            Enumerable.Range(0, 30).Select(_ => new WriteEffect { Text = "crashed" })));

        await Eventually.Until("all were refused once", () => duplicates.Sum == 30);
        await Cluster.EmptyAsync();
        (await Cluster.EffectsAsync("crashed")).ShouldBe(30);
        DurableCluster.Tries(host).Of("crashed").ShouldBe(30);
    }

    [Fact]
    public async Task Crash_after_crash_between_publish_and_delete_loses_nothing_and_has_each_effect_once()
    {
        var deaths = Seeded.Soak ? 1_000 : 10;
        var faults = new FaultSwitch();
        faults.ThrowAtRandom("outbox.afterPublish", deaths, Seeded.For("relays that die"));
        var host = await Cluster.StartAsync(services: s => s.AddSingleton<IFaultPoints>(faults), settings:
        [
            ("Outbox:Lease", "00:00:01"), ("Outbox:PublishTimeout", "00:00:00.900"), ("Outbox:BatchSize", "10"),
            ("Outbox:BackOffMin", "00:00:00.010"),
        ]);
        using var duplicates = new Tally(DurableCluster.Metrics(host).Duplicates);

        var committed = 0;
        while (faults.Deaths < deaths)
        {
            await DurableCluster.CommitAsync(host, bus => bus.PublishBatch(
                Enumerable.Range(0, 20).Select(_ => new WriteEffect { Text = "survived" })));
            committed += 20;
            await Eventually.Until("the relay keeps up", async () => await Cluster.OutboxAsync() < 200);
        }

        await Cluster.WrittenAsync("survived", committed);
        await Cluster.EmptyAsync();
        (await Cluster.EffectsAsync("survived")).ShouldBe(committed);
        duplicates.Sum.ShouldBeGreaterThan(deaths / 2, "what was published twice was consumed twice");
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{faults.Deaths} deaths, {committed} messages, {duplicates.Sum} came again");
    }

    [Fact]
    public async Task A_relay_that_wakes_up_late_deletes_nothing_that_another_has_claimed()
    {
        var (frozen, taker) = (new FaultSwitch(), new FaultSwitch());
        var (heldFirst, heldSecond) = (frozen.HoldOnce("outbox.afterPublish"), taker.HoldOnce("outbox.afterPublish"));

        // The queue is there, and nobody consumes: a consumer's own message would be a second row to claim.
        await Cluster.StopAsync(await Cluster.StartAsync());
        var first = await Cluster.StartAsync(
            DurableCluster.AddNoConsumers, s => s.AddSingleton<IFaultPoints>(frozen), settings: ShortLease);
        using var delivered = new Tally(DurableCluster.Metrics(first).Delivered);
        await DurableCluster.CommitAsync(first, bus => bus.Publish(new WriteEffect { Text = "frozen" }));
        await heldFirst.Reached.WaitAsync(Eventually.Patience);
        await Cluster.StartAsync(
            DurableCluster.AddNoConsumers,
            s => s.AddSingleton<IFaultPoints>(taker),
            settings: [("Outbox:Lease", "00:10:00")]);
        await heldSecond.Reached.WaitAsync(Eventually.Patience);

        heldFirst.Release();
        await Eventually.Until("the first one went on", () => delivered.Sum == 1);

        (await Cluster.OutboxAsync()).ShouldBe(1);
        heldSecond.Release();
        await Cluster.EmptyAsync();
        await Cluster.StartAsync();
        await Cluster.WrittenAsync("frozen");
        await Cluster.EmptyAsync();
        (await Cluster.EffectsAsync("frozen")).ShouldBe(1);
    }

    [Fact]
    public async Task Rows_that_wait_for_their_queue_are_not_forgotten_after_an_outage_of_the_broker()
    {
        var broker = new Uri(Cluster.Vhost.Uri);
        await using var proxy = FaultProxy.To(broker.Host, broker.Port);
        var host = await Cluster.StartAsync(DurableCluster.AddNoConsumers, settings:
        [
            ("ConnectionStrings:RabbitMq", new UriBuilder(broker) { Port = proxy.Port }.Uri.ToString()),
            ("Outbox:PublishTimeout", "00:00:00.500"), ("Outbox:BackOffMin", "00:00:00.050"),
            ("Outbox:BackOffMax", "00:00:00.100"),
        ]);
        using var failed = new Tally(DurableCluster.Metrics(host).Failed);
        await DurableCluster.SendAsync(
            host, "queue:later", [.. Enumerable.Range(0, 5).Select(_ => new WriteEffect { Text = "suspect" })]);
        await Eventually.Until("all were tried", async () =>
            await Cluster.CountAsync("SELECT count(*) FROM durable.outbox WHERE attempts > 1") == 5);

        proxy.OpenHole();
        var before = failed.Sum;
        await Eventually.Until("they were tried in vain", () => failed.Sum > before + 1);
        proxy.CloseHole();
        await Cluster.StartAsync(bus =>
            bus.AddConsumer<EffectConsumer, EffectConsumerDefinition>().Endpoint(e => e.Name = "later"),
            outbox: o => o.DisableRelay());

        await Cluster.WrittenAsync("suspect", 5);
        await Cluster.EmptyAsync();
    }

    [Fact]
    public async Task Rows_that_are_committed_while_the_broker_is_away_arrive_when_it_is_back()
    {
        var broker = new Uri(Cluster.Vhost.Uri);
        await using var proxy = FaultProxy.To(broker.Host, broker.Port);
        var host = await Cluster.StartAsync(settings:
        [
            ("ConnectionStrings:RabbitMq", new UriBuilder(broker) { Port = proxy.Port }.Uri.ToString()),
            ("Outbox:MaxAttempts", "1"), ("Messaging:Heartbeat", "00:00:01"),
        ]);
        using var failed = new Tally(DurableCluster.Metrics(host).Failed);

        proxy.CutAfter(0);
        await DurableCluster.CommitAsync(host, bus => bus.PublishBatch(
            Enumerable.Range(0, 200).Select(_ => new WriteEffect { Text = "waiting" })));
        await Eventually.Until("they were tried in vain", () => failed.Sum > 0);
        proxy.CutAfter(long.MaxValue);

        await Cluster.WrittenAsync("waiting", 200);
        await Cluster.EmptyAsync();
        (await Cluster.DeadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_stopping_host_brings_its_window_home_and_leaves_the_rest()
    {
        var consumer = await Cluster.StartAsync(outbox: o => o.DisableRelay());
        var relay = await Cluster.StartAsync(DurableCluster.AddNoConsumers, settings: ("Outbox:BatchSize", "10"));
        await DurableCluster.CommitAsync(consumer, bus => bus.PublishBatch(
            Enumerable.Range(0, 1000).Select(_ => new EffectWritten { Text = "home" })));
        await Eventually.Until("it has begun", () => DurableCluster.Tries(consumer).Of("written:home") > 0);

        await Cluster.StopAsync(relay);

        (await Cluster.CountAsync("SELECT count(*) FROM durable.outbox WHERE locked_until > now()")).ShouldBe(0);
        await Cluster.StartAsync(DurableCluster.AddNoConsumers);
        await Cluster.EmptyAsync();
        await Eventually.Until("all have arrived", () => DurableCluster.Tries(consumer).Of("written:home") >= 1000);
        DurableCluster.Tries(consumer).Of("written:home").ShouldBe(1000);
    }
}
