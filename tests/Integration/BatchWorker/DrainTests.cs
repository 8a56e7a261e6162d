using System.Diagnostics;
using Shouldly;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.BatchWorker;

public sealed class DrainTests(WorkerFixture workers) : IClassFixture<WorkerFixture>, IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await workers.StopAllAsync();

    [Fact]
    public async Task A_stopping_worker_finishes_lines_in_flight_and_hands_the_rest_back()
    {
        const string Directives = "first_ms=300";
        var first = await workers.StartWorkerAsync("--Worker:MaxConcurrentLines=5");
        var batch = await workers.NewBatchAsync(first, Lines.Hashes(60, Directives), 60);
        await workers.DispatchAsync(first, batch);
        await Eventually.Until("some lines are done", async () => (await workers.TotalsAsync(batch)).Completed > 0);

        await workers.StopWorkerAsync(first);

        var handedBack = await workers.TotalsAsync(batch);
        (await workers.ShardAsync(batch, 0)).ShouldBe((ShardState.Ready, 1, false));
        handedBack.Completed.ShouldBeLessThan(60);
        (handedBack.Completed % 5).ShouldBe(0);

        var second = await workers.StartWorkerAsync();
        await workers.UntilDoneAsync(second, batch);
        Lines.ShouldBeExactlyOnce(await workers.ResultsAsync(batch, ResultKind.Output), 60, Directives);
    }

    [Fact]
    public async Task Lines_that_take_too_long_are_cancelled_and_handed_back()
    {
        var worker = await workers.StartWorkerAsync("--Worker:DrainTimeout=00:00:00.500");
        var batch = await workers.NewBatchAsync(
            worker, [Lines.Chat("slow", "@sim hash first_ms=60000"), .. Lines.Hashes(3)], 60);
        await workers.DispatchAsync(worker, batch);
        await UntilThreeAreDoneAsync(batch);
        var started = Stopwatch.GetTimestamp();

        await workers.StopWorkerAsync(worker);

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(25));
        (await workers.ShardAsync(batch, 0)).ShouldBe((ShardState.Ready, 1, false));
        (await workers.TotalsAsync(batch)).Completed.ShouldBe(3);
    }

    [Fact]
    public async Task A_line_that_waits_for_its_next_attempt_is_handed_back_at_once()
    {
        var worker = await workers.StartWorkerAsync(
            "--Worker:RetryDelay=00:01:00", "--Worker:MaxRetryDelay=00:01:00");
        var batch = await workers.NewBatchAsync(
            worker, [Lines.Chat("failing", $"@sim status=500 times=1 {Guid.NewGuid()}"), .. Lines.Hashes(3)], 60);
        await workers.DispatchAsync(worker, batch);
        await UntilThreeAreDoneAsync(batch);
        var started = Stopwatch.GetTimestamp();

        await workers.StopWorkerAsync(worker);

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(15));
        (await workers.ShardAsync(batch, 0)).State.ShouldBe(ShardState.Ready);
    }

    private Task UntilThreeAreDoneAsync(Guid batch) => Eventually.Until(
        "the other lines are done", async () => (await workers.TotalsAsync(batch)).Completed == 3);
}
