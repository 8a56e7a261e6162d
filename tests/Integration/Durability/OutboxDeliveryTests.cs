using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.TestKit;
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

        await Eventually.Until("the effect is written", async () => await Cluster.EffectsAsync("committed") == 1);
        await Eventually.Until("the outbox is empty", async () => await Cluster.OutboxAsync() == 0);
        host.Services.GetRequiredService<Tries>().Of("committed").ShouldBe(1);
    }

    [Fact]
    public async Task A_rolled_back_message_is_never_sent()
    {
        var host = await Cluster.StartAsync();
        await using (var scope = host.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<DurableDb>();
            await using var transaction = await db.Database.BeginTransactionAsync();
            await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(new WriteEffect { Text = "rolled-back" });
            await db.SaveChangesAsync();
            await transaction.RollbackAsync();
        }

        await DurableCluster.CommitAsync(host, bus => bus.Publish(new WriteEffect { Text = "after-rollback" }));

        await Eventually.Until("the later message arrived", async () => await Cluster.EffectsAsync("after-rollback") == 1);
        (await Cluster.EffectsAsync("rolled-back")).ShouldBe(0);
        host.Services.GetRequiredService<Tries>().Of("rolled-back").ShouldBe(0);
    }

    [Fact]
    public async Task A_message_without_save_changes_is_never_sent()
    {
        var host = await Cluster.StartAsync();
        await using (var scope = host.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(new WriteEffect { Text = "unsaved" });
        }

        await DurableCluster.CommitAsync(host, bus => bus.Publish(new WriteEffect { Text = "after-unsaved" }));

        await Eventually.Until("the later message arrived", async () => await Cluster.EffectsAsync("after-unsaved") == 1);
        host.Services.GetRequiredService<Tries>().Of("unsaved").ShouldBe(0);
    }

    [Fact]
    public async Task Five_hundred_concurrent_events_on_one_saga_are_counted_exactly()
    {
        var host = await Cluster.StartAsync();
        var id = Guid.NewGuid();

        await DurableCluster.CommitAsync(host, async bus =>
        {
            for (var i = 0; i < 500; i++)
            {
                await bus.Publish(new Increment { CorrelationId = id });
            }
        });

        await Eventually.Until("all events are counted", async () =>
            await Cluster.CountAsync($"SELECT count FROM durable.counters WHERE correlation_id = '{id}'") == 500);
        await Eventually.Until("the outbox is empty", async () => await Cluster.OutboxAsync() == 0);
        (await Cluster.CountAsync($"SELECT count FROM durable.counters WHERE correlation_id = '{id}'")).ShouldBe(500);
    }
}
