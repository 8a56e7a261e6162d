using System.Linq.Expressions;
using MassTransit;
using MassTransit.Saga;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Shouldly;
using Sluice.Durability.Sagas;
using Sluice.TestKit;
using Sluice.Tests.Integration.Durability.Messages;
using Sluice.Tests.Integration.Durability.Sample;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>Concurrent events of one instance wait for each other: none is lost, none counts twice.</summary>
public sealed class SagaTests : DurableTest
{
    [Fact]
    public async Task Five_hundred_concurrent_events_on_one_saga_are_counted_exactly()
    {
        var hosts = await StartTwoAsync();
        var id = Guid.NewGuid();

        await DurableCluster.CommitAsync(hosts[0], bus => bus.PublishBatch(
            Enumerable.Range(0, 500).Select(_ => new Increment { CorrelationId = id })));

        await Eventually.Until("all are consumed", async () =>
            await Cluster.CountAsync("SELECT count(*) FROM durable.inbox") == 500);
        (await Cluster.CounterAsync(id)).ShouldBe(500);
    }

    [Fact]
    public async Task First_events_of_one_instance_that_race_each_other_all_count()
    {
        var hosts = await StartTwoAsync();
        var ids = NewIds(30);
        var random = Seeded.For(nameof(First_events_of_one_instance_that_race_each_other_all_count));
        var events = ids.SelectMany(id => Enumerable.Repeat(id, 5)).ToArray();
        random.Shuffle(events);

        await DurableCluster.CommitAsync(hosts[0], bus => bus.PublishBatch(
            events.Select(id => new Increment { CorrelationId = id })));

        await CountedAsync(ids, 5);
    }

    [Fact]
    public async Task First_events_that_insert_the_instance_race_each_other_and_all_count()
    {
        var hosts = await StartTwoAsync();
        var ids = NewIds(30);
        var events = ids.SelectMany(id => Enumerable.Repeat(id, 4)).ToArray();
        Seeded.For(nameof(First_events_that_insert_the_instance_race_each_other_and_all_count)).Shuffle(events);

        await DurableCluster.CommitAsync(hosts[0], async bus =>
        {
            await bus.PublishBatch(events.Select(id => new OpenCounter { CorrelationId = id }));
            await bus.PublishBatch(ids.Select(id => new Increment { CorrelationId = id }));
        });

        await CountedAsync(ids, 5);
    }

    [Fact]
    public async Task Parts_in_any_order_and_twice_give_the_same_end_state()
    {
        var hosts = await StartTwoAsync();
        var ids = NewIds(40);
        var random = Seeded.For(nameof(Parts_in_any_order_and_twice_give_the_same_end_state));
        var parts = ids.SelectMany(id => Enumerable.Range(0, 10).Select(no => (Id: id, No: no % 5))).ToArray();
        random.Shuffle(parts);

        foreach (var chunk in parts.Chunk(50))
        {
            await DurableCluster.CommitAsync(hosts[random.Next(2)], bus => bus.PublishBatch(
                chunk.Select(part => new Part { CorrelationId = part.Id, No = part.No })));
        }

        await Eventually.Until("all are consumed", async () =>
            await Cluster.CountAsync("SELECT count(*) FROM durable.inbox") == parts.Length);
        (await Cluster.CountAsync("SELECT count(*) FROM durable.counters WHERE state = 'Complete' AND seen = 31"))
            .ShouldBe(ids.Length);
    }

    [Fact]
    public async Task An_event_that_is_correlated_by_a_query_reaches_every_match_exactly_once()
    {
        var hosts = await StartTwoAsync();
        var ids = NewIds(5);
        var other = Guid.NewGuid();
        await DurableCluster.CommitAsync(hosts[0], async bus =>
        {
            await bus.PublishBatch(ids.Select(id => new NameCounter { CorrelationId = id, Name = "five" }));
            await bus.Publish(new NameCounter { CorrelationId = other, Name = "other" });
        });
        await Eventually.Until("all have names", async () =>
            await Cluster.CountAsync("SELECT count(*) FROM durable.counters") == 6);

        await DurableCluster.CommitAsync(hosts[0], async bus =>
        {
            await bus.PublishBatch(Enumerable.Range(0, 20).Select(_ => new IncrementByName { Name = "five" }));
            await bus.PublishBatch(ids.Select(id => new Increment { CorrelationId = id }));
        });

        await CountedAsync(ids, 21);
        (await Cluster.CounterAsync(other)).ShouldBe(0);
    }

    [Fact]
    public async Task A_frozen_holder_of_a_row_lock_holds_up_an_event_no_longer_than_its_time_limit()
    {
        var host = await Cluster.StartAsync(settings: ("Postgres:IdleInTransactionTimeout", "00:00:00.500"));
        var id = Guid.NewGuid();
        await DurableCluster.CommitAsync(host, bus => bus.Publish(new Increment { CorrelationId = id }));
        await CountedAsync([id], 1);
        await using var frozen = await host.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync();
        await using var transaction = await frozen.BeginTransactionAsync();
        await using var change = new NpgsqlCommand(
            $"UPDATE durable.counters SET count = 100 WHERE correlation_id = '{id}'", frozen);
        await change.ExecuteNonQueryAsync();

        await DurableCluster.CommitAsync(host, bus => bus.Publish(new Increment { CorrelationId = id }));

        await CountedAsync([id], 2);
        await Should.ThrowAsync<Exception>(() => transaction.CommitAsync());
        (await Cluster.CounterAsync(id)).ShouldBe(2);
    }

    [Fact]
    public async Task A_finished_instance_is_deleted_and_can_be_read_until_then()
    {
        var host = await Cluster.StartAsync();
        var id = Guid.NewGuid();
        await DurableCluster.CommitAsync(host, bus =>
            bus.Publish(new NameCounter { CorrelationId = id, Name = "short" }));
        await Eventually.Until("it has a name", async () => (await LoadAsync(host, id))?.Name == "short");
        var query = host.Services.GetRequiredService<IQuerySagaRepository<Counter>>();
        (await query.Find(new SagaQuery<Counter>(counter => counter.Name == "short"))).ShouldBe([id]);

        await DurableCluster.CommitAsync(host, bus => bus.Publish(new Finish { CorrelationId = id }));

        await Eventually.Until("it is gone", async () => await LoadAsync(host, id) is null);
    }

    [Fact]
    public async Task Queries_of_different_values_share_one_compiled_query()
    {
        var host = await Cluster.StartAsync();
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DurableDb>();

        var texts = new[] { "one", "two" }.Select(name =>
        {
            // As MassTransit does it: the value is a constant.
            var counter = Expression.Parameter(typeof(Counter));
            var equal = Expression.Equal(
                Expression.Property(counter, nameof(Counter.Name)), Expression.Constant(name));
            var filter = SagaQueryParameters.Extract(Expression.Lambda<Func<Counter, bool>>(equal, counter));
            return db.Counters.Where(filter).ToQueryString();
        });

        texts.ShouldAllBe(text => text.Contains("c.name = @"));
    }

    private async Task<IHost[]> StartTwoAsync() => [await Cluster.StartAsync(), await Cluster.StartAsync()];

    private static Guid[] NewIds(int count) => [.. Enumerable.Range(0, count).Select(_ => Guid.NewGuid())];

    private static Task<Counter?> LoadAsync(IHost host, Guid id) =>
        host.Services.GetRequiredService<ILoadSagaRepository<Counter>>().Load(id)!;

    private Task CountedAsync(Guid[] ids, int count) => Eventually.Until($"each counts {count}", async () =>
    {
        foreach (var id in ids)
        {
            if (await Cluster.CounterAsync(id) != count)
            {
                return false;
            }
        }

        return await Cluster.OutboxAsync() == 0;
    });
}
