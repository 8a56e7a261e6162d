using Shouldly;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Dispatch;
using Sluice.TestKit;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>What goes first with a backlog: everything waits in the table until the worker comes.</summary>
public sealed class DispatchOrderTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>
{
    [Fact]
    public async Task A_critical_batch_submitted_last_starts_before_all_others_remaining_shards()
    {
        var low = await RunningAsync(800, """ "priority":"low", """);
        var normal = await RunningAsync(800, "");
        string critical;
        await using (var holding = await FakeWorker.StartAsync(scheduler, holds: true))
        {
            await Eventually.Until("the window is full", () => holding.Taken.Count == 8);
            holding.Taken.ShouldAllBe(m => m.BatchId == normal.Batch && m.Class == (int)ShardClass.Normal);
            (critical, var batch) = await RunningAsync(300, """ "priority":"critical", """);

            await Eventually.Until(
                "the critical batch runs beside the full window",
                () => holding.Taken.Count(m => m.BatchId == batch) == 3);

            holding.Taken.Count.ShouldBe(11);
            holding.Taken.Where(m => m.BatchId == batch).ShouldAllBe(m => m.Class == 0);
        }

        foreach (var id in new[] { low.Id, normal.Id, critical })
        {
            await CancelAsync(id);
        }
    }

    [Fact]
    public async Task Classes_run_one_after_the_other()
    {
        var low = await RunningAsync(900, """ "priority":38, """);
        var normal = await RunningAsync(900, "");
        var high = await RunningAsync(900, "", window: "immediate");

        await using var worker = await FakeWorker.StartAsync(scheduler);
        foreach (var (id, _) in new[] { low, normal, high })
        {
            await scheduler.WaitForAsync(id, "completed");
        }

        // Those of one round were sent at the same time, in no order: up to 8.
        var order = worker.Sent.Select((m, place) => (m.BatchId, place)).ToLookup(m => m.BatchId, m => m.place);
        order[high.Batch].Max().ShouldBeLessThan(order[high.Batch].Count() + 8);
        order[low.Batch].Min().ShouldBeGreaterThanOrEqualTo(18 - 8);
        worker.Received.Where(m => m.BatchId == high.Batch).ShouldAllBe(m => m.Class == (int)ShardClass.High);
    }

    [Fact]
    public async Task Two_tenants_share_whatever_the_sizes_and_the_number_of_their_batches()
    {
        var mine = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            mine.Add((await RunningAsync(800, "")).Id);
        }

        var (other, batch) = await RunningAsync(1_000, "");
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.batches SET tenant = 'other' WHERE id = @batch", new { batch });

        await using (var worker = await FakeWorker.StartAsync(scheduler))
        {
            await Eventually.Until("most of the other's shards ran", () =>
                worker.Received.Count(m => m.BatchId == batch) >= 8);
            var (theirs, ours) = (0, 0);
            foreach (var message in worker.Received.TakeWhile(_ => theirs < 8))
            {
                _ = message.BatchId == batch ? theirs++ : ours++;
            }

            ours.ShouldBeInRange(8 - 4, 8 + 4);
        }

        await scheduler.ExecuteAsync("UPDATE scheduler.batches SET tenant = 'acme' WHERE tenant = 'other'");
        foreach (var id in mine.Append(other))
        {
            using var answer = await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null);
            await Eventually.Until("it ended", async () => (await scheduler.GetAsync($"/v1/batches/{id}"))
                .GetProperty("status").GetString() is "completed" or "cancelled");
        }
    }

    [Fact]
    public async Task Shards_are_charged_with_the_lines_that_are_left_of_them()
    {
        var (id, batch) = await RunningAsync(300, "");
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.shards SET completed = 90, failed = 3 WHERE batch_id = @batch AND no = 1", new { batch });

        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        var candidates = await DispatchTable.CandidatesAsync(
            connection, 32, TimeProvider.System.GetUtcNow(), new(), default);

        candidates.Single(c => c.BatchId == batch).ReadyLines.ShouldBe([100, 7, 100]);
        await CancelAsync(id);
    }

    [Fact]
    public async Task A_batch_that_waited_long_is_raised()
    {
        var low = await RunningAsync(100, """ "priority":"low", """);
        var normal = await RunningAsync(100, "");
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.batches SET in_progress_at = in_progress_at - interval '61 minutes' WHERE id = @id",
            new { id = low.Batch });
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.batches SET created_at = created_at - interval '1 minute' WHERE id = @id",
            new { id = low.Batch });

        await using var worker = await FakeWorker.StartAsync(scheduler);
        await scheduler.WaitForAsync(low.Id, "completed");
        await scheduler.WaitForAsync(normal.Id, "completed");

        worker.Received.Single(m => m.BatchId == low.Batch).Class.ShouldBe((int)ShardClass.Normal);
        var waited = await scheduler.ScalarAsync<TimeSpan>(
            "SELECT waited FROM scheduler.batch_turns WHERE batch_id = @id", new { id = low.Batch });
        waited.ShouldBeInRange(TimeSpan.FromMinutes(61), TimeSpan.FromMinutes(75));
    }

    [Fact]
    public async Task Time_in_which_its_shards_were_parked_raises_no_batch()
    {
        var (id, batch) = await RunningAsync(100, """ "priority":"low", """);
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.batches SET in_progress_at = in_progress_at - interval '200 minutes' WHERE id = @batch",
            new { batch });
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.shards SET parked_by = 'x', ready_after = clock_timestamp() WHERE batch_id = @batch",
            new { batch });

        await using var worker = await FakeWorker.StartAsync(scheduler);
        await scheduler.WaitForAsync(id, "completed");

        worker.Received.Single(m => m.BatchId == batch).Class.ShouldBe((int)ShardClass.Low);
        (await scheduler.ScalarAsync<TimeSpan>(
            "SELECT waited FROM scheduler.batch_turns WHERE batch_id = @batch", new { batch }))
            .ShouldBeLessThan(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task With_a_short_step_a_batch_is_raised_past_a_full_window_of_its_class()
    {
        var first = await RunningAsync(900, "");
        await using (var holding = await FakeWorker.StartAsync(scheduler, holds: true))
        {
            await Eventually.Until("the window is full", () => holding.Taken.Count == 8);
            var (waiting, batch) = await RunningAsync(100, "");
            await using var second = await scheduler.StartSchedulerAsync("--Dispatch:AgeingStep=00:00:01");

            await Eventually.Until("it has waited a step", () => holding.Taken.Any(m => m.BatchId == batch));

            holding.Taken.Single(m => m.BatchId == batch).Class!.Value.ShouldBeLessThan((int)ShardClass.Normal);
            holding.Taken.Count.ShouldBe(9);
            await CancelAsync(waiting);
        }

        await CancelAsync(first.Id);
    }

    [Fact]
    public async Task The_priority_of_a_batch_is_shown()
    {
        var batch = await scheduler.CreateBatchAsync(1, """ "metadata":{"priority":"12"}, """);

        var extras = batch.GetProperty("x_sluice");
        extras.GetProperty("priority").GetString().ShouldBe("high");
        extras.GetProperty("priority_number").GetInt32().ShouldBe(12);
        var error = await Refusal(
            await scheduler.PostJsonAsync(
                "/v1/batches",
                """
                {"input_file_id":"f","endpoint":"/v1/chat/completions","completion_window":"1h","priority":"best"}
                """),
            400);
        error.GetProperty("param").GetString().ShouldBe("priority");
        error.GetProperty("message").GetString()!.ShouldContain("'critical'");
        await CancelAsync(batch.GetProperty("id").GetString()!);
    }

    private async Task<(string Id, Guid Batch)> RunningAsync(int lines, string members, string window = "24h")
    {
        var id = (await scheduler.CreateBatchAsync(lines, members, window)).GetProperty("id").GetString()!;
        await scheduler.WaitForAsync(id, "in_progress");
        return (id, Guid.Parse(id["batch_".Length..]));
    }

    private async Task CancelAsync(string id)
    {
        await Json(await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null));
        await scheduler.WaitForAsync(id, "cancelled");
    }
}
