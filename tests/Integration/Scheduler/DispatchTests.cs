using System.Text;
using Dapper;
using RabbitMQ.Client;
using Shouldly;
using Sluice.BatchStore.DeadLetters;
using Sluice.BatchStore.Shards;
using Sluice.Contracts.Shards;
using Sluice.Scheduler.DeadLetters.Intake;
using Sluice.Scheduler.Dispatch;
using Sluice.Tests.Integration.DeadLetters;
using Sluice.TestKit;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

public sealed class DispatchTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>
{
    [Fact]
    public async Task Without_a_living_worker_nothing_leaves_the_table()
    {
        var (id, batch) = await RunningAsync(lines: 300);

        (await scheduler.Get<DispatchRound>().RunAsync(default)).ShouldBe(0);

        (await CountAsync(batch, ShardState.Ready)).ShouldBe(3);
        await CancelAsync(id);
    }

    [Fact]
    public async Task The_broker_holds_a_window_of_work_and_the_rest_waits()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        var (id, batch) = await RunningAsync(lines: 4000);

        await Eventually.Until("the window is full", () => worker.Taken.Count >= 8);
        var shard = worker.Taken.First();
        (await CountAsync(batch, ShardState.Ready)).ShouldBe(32);
        (await worker.RunAsync(
            new(new(batch, shard.ShardNo), shard.Epoch, worker.Instances.Current.Id),
            new(new(batch, shard.ShardNo), shard.Epoch, Guid.Empty, 1 + (shard.ShardNo * 100), 100, 0, 0, 1),
            lines: 100,
            last: true)).ShouldBeTrue();

        await Eventually.Until("the free place is filled", async () => await CountAsync(batch, ShardState.Ready) == 31);
        worker.Received.Select(m => m.ShardNo).Distinct().Count().ShouldBe(worker.Received.Count);
        await CancelAsync(id);
    }

    [Fact]
    public async Task Batches_share_the_window()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        var (first, _) = await RunningAsync(lines: 4000);
        await Eventually.Until("the first batch fills the window", () => worker.Taken.Count >= 8);
        var (second, batch) = await RunningAsync(lines: 1000);

        worker.Holds = false;
        var waiting = await scheduler.ScalarAsync<Guid>(
            "SELECT owner FROM scheduler.shards WHERE state = 2 LIMIT 1");
        await scheduler.ExecuteAsync(
            """
            UPDATE scheduler.shards SET state = 0, owner = NULL, epoch = epoch + 1 WHERE (batch_id, no) IN (
                SELECT batch_id, no FROM scheduler.shards WHERE owner = @waiting ORDER BY no LIMIT 4)
            """,
            new { waiting });

        await Eventually.Until("the second batch has its turn", async () =>
            await CountAsync(batch, ShardState.Done) > 0);
        await scheduler.WaitForAsync(second, "completed");
        await CancelAsync(first);
    }

    [Fact]
    public async Task Two_schedulers_dispatch_each_shard_once()
    {
        await using var second = await scheduler.StartSchedulerAsync();
        await using var worker = await FakeWorker.StartAsync(scheduler);
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            ids.Add((await scheduler.CreateBatchAsync(1500)).GetProperty("id").GetString()!);
        }

        foreach (var id in ids)
        {
            var batch = await scheduler.WaitForAsync(id, "completed");
            batch.GetProperty("request_counts").GetProperty("completed").GetInt32().ShouldBe(1350);
        }

        worker.Received.Count.ShouldBe(45);
        worker.Received.ShouldAllBe(m => m.Epoch == 0);
    }

    [Fact]
    public async Task The_shard_of_a_dead_worker_runs_elsewhere()
    {
        var (id, batch) = await RunningAsync(lines: 150);
        var dead = await TakeAsDeadAsync(batch);

        await using var worker = await FakeWorker.StartAsync(scheduler);
        var ended = await scheduler.WaitForAsync(id, "completed");

        ended.GetProperty("request_counts").GetProperty("completed").GetInt32().ShouldBe(135);
        worker.Taken.Select(m => (m.ShardNo, m.Epoch)).ShouldBe([(0, 1), (1, 0)], ignoreOrder: true);
        (await scheduler.ScalarAsync<bool>("SELECT fenced FROM scheduler.instances WHERE id = @dead", new { dead }))
            .ShouldBeTrue();
    }

    [Fact]
    public async Task A_shard_whose_worker_does_not_answer_a_suspicion_runs_elsewhere()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        var (id, batch) = await RunningAsync(lines: 10);
        await Eventually.Until("the shard is held", () => worker.Taken.Count == 1);
        worker.Holds = false;

        await scheduler.ExecuteAsync(
            "UPDATE scheduler.shards SET suspect = true, suspected_at = clock_timestamp() WHERE batch_id = @batch",
            new { batch });

        await scheduler.WaitForAsync(id, "completed");
        worker.Taken.Select(m => m.Epoch).ShouldBe([0, 1]);
    }

    [Fact]
    public async Task A_shard_whose_message_is_lost_is_dispatched_again()
    {
        var (id, batch) = await RunningAsync(lines: 10);
        await using (var connection = await scheduler.DataSource.OpenConnectionAsync())
        {
            (await ShardTable.ClaimReadyAsync(connection, batch, 1, ShardClass.Normal, default)).Count.ShouldBe(1);
        }

        await scheduler.ExecuteAsync(
            "UPDATE scheduler.shards SET changed_at = changed_at - interval '61 seconds' WHERE batch_id = @batch",
            new { batch });
        await using var worker = await FakeWorker.StartAsync(scheduler);

        await scheduler.WaitForAsync(id, "completed");
        worker.Taken.ShouldHaveSingleItem().Epoch.ShouldBe(1);
    }

    [Fact]
    public async Task A_shard_whose_message_failed_for_good_is_dispatched_again_at_once_and_then_after_a_while()
    {
        var (id, batch) = await RunningAsync(lines: 10);
        await FailAsync(batch, epoch: 0);
        (await CountAsync(batch, ShardState.Ready)).ShouldBe(1);
        (await DueAsync(batch)).ShouldBe(1);

        await FailAsync(batch, epoch: 1);
        (await CountAsync(batch, ShardState.Ready)).ShouldBe(1);
        (await DueAsync(batch)).ShouldBe(0, "its messages seem to fail whenever they come");

        await scheduler.ExecuteAsync(
            "UPDATE scheduler.shards SET ready_after = NULL WHERE batch_id = @batch", new { batch });
        await using var worker = await FakeWorker.StartAsync(scheduler);
        await scheduler.WaitForAsync(id, "completed");
        worker.Taken.ShouldHaveSingleItem().Epoch.ShouldBe(2);
    }

    [Fact]
    public async Task What_a_cancel_closes_says_nothing_of_what_workers_can_do()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        worker.OnlyLines = 10;
        var (id, _) = await RunningAsync(lines: 4000);
        await Eventually.Until("the window is full", () => worker.Taken.Count >= 8);
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        await Eventually.Until("what workers of other tests ended is a while ago", async () =>
            (await DispatchTable.LoadAsync(connection, [], default)).EndedLately == 0);
        await CancelAsync(id);
        (await scheduler.ScalarAsync<long>(
            """
            SELECT count(*) FROM scheduler.shards
            WHERE state = 3 AND changed_at > clock_timestamp() - interval '2 s' AND no >= 8
            """)).ShouldBeGreaterThan(0);

        (await DispatchTable.LoadAsync(connection, [], default)).EndedLately.ShouldBe(0);
    }

    [Fact]
    public async Task A_worker_that_is_about_to_stop_is_no_capacity()
    {
        var (staying, draining) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();

        // Never committed: the scheduler is not to see workers that do not exist.
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync(
            """
            INSERT INTO scheduler.instances (id, service, draining)
            VALUES (@staying, 'batch-worker', false), (@draining, 'batch-worker', true)
            """,
            new { staying, draining });

        (await DispatchTable.LoadAsync(connection, [staying, draining], default)).Workers.ShouldBe(1);
    }

    private async Task<(string Id, Guid Batch)> RunningAsync(int lines)
    {
        var id = (await scheduler.CreateBatchAsync(lines)).GetProperty("id").GetString()!;
        await scheduler.WaitForAsync(id, "in_progress");
        return (id, Guid.Parse(id["batch_".Length..]));
    }

    private async Task CancelAsync(string id)
    {
        await Json(await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null));
        await scheduler.WaitForAsync(id, "cancelled");
    }

    /// <summary>Takes the first shard for an instance that never renews.</summary>
    private async Task<Guid> TakeAsDeadAsync(Guid batch)
    {
        var dead = Guid.CreateVersion7();
        await scheduler.ExecuteAsync(
            "INSERT INTO scheduler.instances (id, service) VALUES (@dead, 'batch-worker')", new { dead });
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        var claimed = await ShardTable.ClaimReadyAsync(connection, batch, 1, ShardClass.Normal, default);
        var shard = claimed.ShouldHaveSingleItem();
        var taken = await scheduler.Get<ShardLeases>().TakeAsync(new(new(batch, shard.No), shard.Epoch, dead), default);
        taken.Outcome.ShouldBe(TakeOutcome.Taken);
        return dead;
    }

    /// <summary>Dispatches the shard, and has its message come from the error queue, twice.</summary>
    private async Task FailAsync(Guid batch, int epoch)
    {
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        (await ShardTable.ClaimReadyAsync(connection, batch, 1, ShardClass.Normal, default)).ShouldHaveSingleItem()
            .Epoch.ShouldBe(epoch);
        var id = Guid.NewGuid();
        var body = RawMessages.Envelope<RunShard>(
            id, new() { ["batchId"] = batch.ToString(), ["shardNo"] = 0, ["epoch"] = epoch });
        for (var delivery = 0; delivery < 2; delivery++)
        {
            (await scheduler.Get<MessageLetterStore>().StoreAsync(
                ShardClass.Normal.Queue(), LetterSource.Error, new BasicProperties { MessageId = id.ToString() },
                Encoding.UTF8.GetBytes(body), default)).ShouldBeTrue();
        }
    }

    private Task<long> DueAsync(Guid batch) => scheduler.ScalarAsync<long>(
        "SELECT count(*) FROM scheduler.shards WHERE batch_id = @batch AND state = 0 AND ready_after IS NULL",
        new { batch });

    private Task<long> CountAsync(Guid batch, ShardState state) => scheduler.ScalarAsync<long>(
        "SELECT count(*) FROM scheduler.shards WHERE batch_id = @batch AND state = @state",
        new { batch, state = (short)state });
}
