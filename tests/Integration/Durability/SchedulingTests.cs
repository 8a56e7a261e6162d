using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shouldly;
using Sluice.TestKit;
using Sluice.Tests.Integration.Durability.Messages;
using Sluice.Tests.Integration.Durability.Sample;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>Delayed messages come not before their time, and not at all when they are cancelled.</summary>
public sealed class SchedulingTests : DurableTest
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(700);

    [Fact]
    public async Task A_scheduled_message_comes_not_before_its_time_and_once()
    {
        var host = await Cluster.StartAsync();
        var due = In(Soon);

        await ScheduleAsync(host, "later", due);

        await Cluster.WrittenAsync("later");
        await Cluster.EmptyAsync();
        DurableCluster.Tries(host).Of("later").ShouldBe(1);
        (await Cluster.CountAsync(
            $"SELECT count(*) FROM durable.effects WHERE written_at >= '{due:O}'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_scheduled_send_goes_to_its_address()
    {
        var host = await Cluster.StartAsync();
        await using var scope = host.Services.CreateAsyncScope();
        var scheduler = scope.ServiceProvider.GetRequiredService<IMessageScheduler>();

        await scheduler.ScheduleSend(new Uri("queue:effect"), In(Soon), new WriteEffect { Text = "sent" });
        await scope.ServiceProvider.GetRequiredService<DurableDb>().SaveChangesAsync();

        await Cluster.WrittenAsync("sent");
    }

    [Fact]
    public async Task A_cancelled_message_never_comes()
    {
        var host = await Cluster.StartAsync();
        var token = await ScheduleAsync(host, "cancelled", In(Soon));

        await CancelAsync(host, token);

        (await Cluster.OutboxAsync()).ShouldBe(0);
        await ScheduleAsync(host, "after", In(Soon));
        await Cluster.WrittenAsync("after");
        DurableCluster.Tries(host).Of("cancelled").ShouldBe(0);
    }

    [Fact]
    public async Task A_message_that_is_cancelled_in_its_own_unit_of_work_is_never_stored()
    {
        var host = await Cluster.StartAsync();
        await using var scope = host.Services.CreateAsyncScope();
        var scheduler = scope.ServiceProvider.GetRequiredService<IMessageScheduler>();
        var scheduled = await scheduler.SchedulePublish(In(Soon), new WriteEffect { Text = "cancelled" });
        await scheduler.SchedulePublish(In(Soon), new WriteEffect { Text = "kept" });

        await scheduler.CancelScheduledPublish<WriteEffect>(scheduled.TokenId);
        await scope.ServiceProvider.GetRequiredService<DurableDb>().SaveChangesAsync();

        (await Cluster.OutboxAsync()).ShouldBe(1);
        await Cluster.WrittenAsync("kept");
        DurableCluster.Tries(host).Of("cancelled").ShouldBe(0);
    }

    [Fact]
    public async Task A_cancellation_that_is_rolled_back_cancels_nothing()
    {
        var host = await Cluster.StartAsync();
        var token = await ScheduleAsync(host, "kept", In(Soon));
        await using (var scope = host.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<DurableDb>();
            await using var transaction = await db.Database.BeginTransactionAsync();
            await scope.ServiceProvider.GetRequiredService<IMessageScheduler>()
                .CancelScheduledPublish<WriteEffect>(token);
            await transaction.RollbackAsync();
        }

        await Cluster.WrittenAsync("kept");
    }

    [Fact]
    public async Task A_cancellation_without_a_commit_cancels_nothing()
    {
        var host = await Cluster.StartAsync();
        var token = await ScheduleAsync(host, "kept", In(Soon));
        await using (var scope = host.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<IMessageScheduler>()
                .CancelScheduledPublish<WriteEffect>(token);
        }

        await Cluster.WrittenAsync("kept");
    }

    [Fact]
    public async Task A_message_that_was_scheduled_by_a_host_that_is_gone_comes_from_another()
    {
        var gone = await Cluster.StartAsync(DurableCluster.AddNoConsumers);

        // Long enough to stop before it is due: this host has no queue that could hold it.
        await ScheduleAsync(gone, "inherited", In(Soon * 5));
        await Cluster.StopAsync(gone);

        await Cluster.StartAsync();

        await Cluster.WrittenAsync("inherited");
    }

    [Fact]
    public async Task A_saga_timer_fires_once_and_a_later_start_replaces_an_earlier_one()
    {
        var host = await Cluster.StartAsync();
        var id = Guid.NewGuid();
        await StartTimerAsync(host, id, Soon);
        await TimersAsync(1);

        await StartTimerAsync(host, id, Soon * 2);

        await Eventually.Until("it fired", async () => await Cluster.CounterAsync(id, "fired") > 0);
        await Cluster.EmptyAsync();
        await QuietAsync(host);
        (await Cluster.CounterAsync(id, "fired")).ShouldBe(1);
    }

    [Fact]
    public async Task A_stopped_saga_timer_does_not_fire()
    {
        var host = await Cluster.StartAsync();
        var id = Guid.NewGuid();
        await StartTimerAsync(host, id, TimeSpan.FromMinutes(10));
        await TimersAsync(1);

        await DurableCluster.CommitAsync(host, bus => bus.Publish(new StopTimer { CorrelationId = id }));

        await TimersAsync(0);
        (await Cluster.CounterAsync(id, "fired")).ShouldBe(0);
    }

    [Fact]
    public async Task A_delay_that_would_reach_the_broker_is_refused()
    {
        var host = await Cluster.StartAsync();
        var bus = host.Services.GetRequiredService<IBus>();

        await Should.ThrowAsync<NotSupportedException>(() =>
            bus.Publish(new WriteEffect { Text = "delayed" }, context => context.Delay = Soon)
                .WaitAsync(Eventually.Patience));
        var endpoint = await bus.GetSendEndpoint(new Uri("exchange:effect"));
        await Should.ThrowAsync<NotSupportedException>(() =>
            endpoint.Send(new WriteEffect { Text = "delayed" }, context => context.Delay = Soon)
                .WaitAsync(Eventually.Patience));

        await bus.Publish(new WriteEffect { Text = "at once" });
        await Cluster.WrittenAsync("at once");
    }

    private static DateTime In(TimeSpan delay) => (TimeProvider.System.GetUtcNow() + delay).UtcDateTime;

    private static async Task<Guid> ScheduleAsync(IHost host, string text, DateTime due)
    {
        await using var scope = host.Services.CreateAsyncScope();
        var scheduled = await scope.ServiceProvider.GetRequiredService<IMessageScheduler>()
            .SchedulePublish(due, new WriteEffect { Text = text });
        await scope.ServiceProvider.GetRequiredService<DurableDb>().SaveChangesAsync();
        return scheduled.TokenId;
    }

    private static async Task CancelAsync(IHost host, Guid token)
    {
        await using var scope = host.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IMessageScheduler>().CancelScheduledPublish<WriteEffect>(token);
        await scope.ServiceProvider.GetRequiredService<DurableDb>().SaveChangesAsync();
    }

    private static Task StartTimerAsync(IHost host, Guid id, TimeSpan delay) => DurableCluster.CommitAsync(
        host, bus => bus.Publish(new StartTimer { CorrelationId = id, Delay = delay }));

    /// <summary>Waits until this many messages wait for their time, and no other message is under way.</summary>
    private Task TimersAsync(int count) => Eventually.Until($"{count} timers run", async () =>
        await Cluster.CountAsync("SELECT count(*) FROM durable.outbox WHERE schedule_id IS NOT NULL") == count
        && await Cluster.CountAsync("SELECT count(*) FROM durable.counters") == 1);

    /// <summary>What was published before has been consumed: the queue of one host is one of the saga's.</summary>
    private async Task QuietAsync(IHost host)
    {
        await DurableCluster.CommitAsync(host, bus => bus.Publish(new WriteEffect { Text = "quiet" }));
        await Cluster.WrittenAsync("quiet");
    }
}
