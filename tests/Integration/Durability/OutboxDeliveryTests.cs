using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.TestKit;
using Sluice.Tests.Integration.Durability.Messages;
using Sluice.Tests.Integration.Durability.Sample;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>What a scope publishes leaves with its commit, and only with it.</summary>
public sealed class OutboxDeliveryTests : DurableTest
{
    [Fact]
    public async Task A_committed_message_is_consumed_once_and_its_row_disappears()
    {
        var host = await Cluster.StartAsync();

        await DurableCluster.CommitAsync(host, bus => bus.Publish(new WriteEffect { Text = "committed" }));

        await Cluster.WrittenAsync("committed");
        await Cluster.EmptyAsync();
        DurableCluster.Tries(host).Of("committed").ShouldBe(1);
    }

    [Fact]
    public async Task A_rolled_back_message_is_never_sent()
    {
        var host = await Cluster.StartAsync();
        await using (var scope = host.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<DurableDb>();
            await using var transaction = await db.Database.BeginTransactionAsync();
            var bus = scope.ServiceProvider.GetRequiredService<IPublishEndpoint>();
            await bus.Publish(new WriteEffect { Text = "rolled-back" });
            await db.SaveChangesAsync();
            await transaction.RollbackAsync();
        }

        await DurableCluster.CommitAsync(host, bus => bus.Publish(new WriteEffect { Text = "after" }));

        await Cluster.WrittenAsync("after");
        await Cluster.EmptyAsync();
        DurableCluster.Tries(host).Of("rolled-back").ShouldBe(0);
    }

    [Fact]
    public async Task A_message_without_save_changes_is_never_sent()
    {
        var host = await Cluster.StartAsync();
        await using (var scope = host.Services.CreateAsyncScope())
        {
            var bus = scope.ServiceProvider.GetRequiredService<IPublishEndpoint>();
            await bus.Publish(new WriteEffect { Text = "unsaved" });
        }

        await DurableCluster.CommitAsync(host, bus => bus.Publish(new WriteEffect { Text = "after" }));

        await Cluster.WrittenAsync("after");
        await Cluster.EmptyAsync();
        DurableCluster.Tries(host).Of("unsaved").ShouldBe(0);
    }

    [Fact]
    public async Task An_open_transaction_keeps_its_messages_until_its_commit()
    {
        var host = await Cluster.StartAsync();
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DurableDb>();
        await using var transaction = await db.Database.BeginTransactionAsync();
        await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(new WriteEffect { Text = "held" });
        await db.SaveChangesAsync();
        await DurableCluster.CommitAsync(host, bus => bus.Publish(new WriteEffect { Text = "meanwhile" }));
        await Cluster.WrittenAsync("meanwhile");
        DurableCluster.Tries(host).Of("held").ShouldBe(0);

        await transaction.CommitAsync();

        await Cluster.WrittenAsync("held");
    }

    [Fact]
    public async Task A_failed_consumer_publishes_nothing_and_its_success_publishes_once()
    {
        var host = await Cluster.StartAsync();

        await DurableCluster.CommitAsync(host, bus => bus.Publish(new WriteEffect { Text = "third", Failures = 2 }));

        await Eventually.Until("it is published", () => DurableCluster.Tries(host).Of("written:third") > 0);
        await Cluster.EmptyAsync();
        DurableCluster.Tries(host).Of("third").ShouldBe(3);
        DurableCluster.Tries(host).Of("written:third").ShouldBe(1);
        (await Cluster.EffectsAsync("third")).ShouldBe(1);
    }

    [Fact]
    public async Task A_publish_that_nobody_subscribed_to_is_no_error()
    {
        var host = await Cluster.StartAsync(DurableCluster.AddNoConsumers);
        using var failed = new Tally(DurableCluster.Metrics(host).Failed);
        using var delivered = new Tally(DurableCluster.Metrics(host).Delivered);

        await DurableCluster.CommitAsync(host, bus => bus.Publish(new EffectWritten { Text = "nobody" }));

        await Cluster.EmptyAsync();
        await Eventually.Until("it is counted", () => delivered.Sum == 1);
        (failed.Sum, await Cluster.DeadAsync()).ShouldBe((0, 0));
    }

    [Fact]
    public async Task A_message_to_a_queue_that_does_not_exist_yet_is_kept_until_it_does()
    {
        // One attempt is all that a poison row would get.
        var host = await Cluster.StartAsync(
            DurableCluster.AddNoConsumers,
            settings: [("Outbox:MaxAttempts", "1"), ("Outbox:BackOffMin", "00:00:00.020")]);
        await DurableCluster.SendAsync(host, "queue:later", new WriteEffect { Text = "patient" });
        await Eventually.Until("it was tried thrice", async () =>
            await Cluster.CountAsync("SELECT max(attempts) FROM durable.outbox") >= 3);
        (await Cluster.DeadAsync()).ShouldBe(0);

        await Cluster.StartAsync(bus =>
            bus.AddConsumer<EffectConsumer, EffectConsumerDefinition>().Endpoint(e => e.Name = "later"));

        await Cluster.WrittenAsync("patient");
        await Cluster.EmptyAsync();
    }

    [Fact]
    public async Task A_message_that_is_sent_past_its_life_time_is_dropped()
    {
        var host = await Cluster.StartAsync(outbox: o => o.DisableRelay());
        await DurableCluster.CommitAsync(host, async bus =>
        {
            await bus.Publish(
                new WriteEffect { Text = "expired" }, context => context.TimeToLive = TimeSpan.FromMilliseconds(1));
            await bus.Publish(
                new WriteEffect { Text = "fresh" }, context => context.TimeToLive = TimeSpan.FromMinutes(10));
        });
        await Eventually.Until("the first one has expired", async () =>
            await Cluster.CountAsync("SELECT count(*) FROM durable.outbox WHERE expires_at < now()") == 1);

        await Cluster.StartAsync(DurableCluster.AddNoConsumers);

        await Cluster.WrittenAsync("fresh");
        await Cluster.EmptyAsync();
        DurableCluster.Tries(host).Of("expired").ShouldBe(0);
    }
}
