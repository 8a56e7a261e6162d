using Dapper;
using Microsoft.AspNetCore.Builder;
using Shouldly;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.TestKit;
using Sluice.Tests.Integration.BatchStore;
using Sluice.Tests.Integration.Streaming;
using Xunit;

namespace Sluice.Tests.Integration.BatchWorker;

public sealed class TakeoverTests(WorkerFixture workers) : IClassFixture<WorkerFixture>, IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await workers.StopAllAsync();

    [Fact]
    public async Task Lines_that_a_killed_worker_committed_are_not_run_again()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await StartAsync(simulator);
        var batch = await workers.NewBatchAsync(worker, Lines.Hashes(30, model: "far-model"), 30);
        var killed = await workers.TakeForeignAsync(batch);
        (await Pages.AppendAsync(killed, TestPages.Page(0, [1, 2, 3], [4]), default)).ShouldBeTrue();
        await using var connection = await workers.DataSource.OpenConnectionAsync();

        await ShardTable.ResetOwnersAsync(connection, [killed.Owner], default);
        await workers.UntilDoneAsync(worker, batch);

        (await simulator.StatAsync("calls")).ShouldBe(26);
        (await Pages.AppendAsync(killed, TestPages.Page(1, [5], []), default)).ShouldBeFalse();
        var totals = await workers.TotalsAsync(batch);
        (totals.Completed, totals.Failed).ShouldBe((29, 1));
    }

    [Fact]
    public async Task A_message_of_a_shard_that_another_one_runs_marks_it_suspect_and_is_acknowledged()
    {
        var worker = await workers.StartWorkerAsync();
        var batch = await workers.NewBatchAsync(worker, Lines.Hashes(3), 30);
        var other = await workers.TakeForeignAsync(batch);

        await WorkerFixture.SendAsync(worker, other);

        await Eventually.Until("it is suspect", async () => (await workers.ShardAsync(batch, 0)).Suspect);
        await WorkerFixture.UntilIdleAsync(worker);
        (await new ShardLeases(workers.DataSource).RenewAsync(other.Owner, default)).Count.ShouldBe(1);
        (await workers.ShardAsync(batch, 0)).ShouldBe((ShardState.Running, other.Epoch, false));
    }

    [Fact]
    public async Task A_living_worker_clears_the_suspicion_against_its_shard()
    {
        var worker = await workers.StartWorkerAsync();
        var batch = await workers.NewBatchAsync(worker, [Lines.Chat("slow", "@sim hash first_ms=3000")], 30);
        await workers.DispatchAsync(worker, batch);
        await UntilRunningAsync(batch);
        await workers.ExecuteAsync("UPDATE scheduler.shards SET suspect = true, suspected_at = now() WHERE state = 2");

        await Eventually.Until("it is cleared", async () => !(await workers.ShardAsync(batch, 0)).Suspect);

        await workers.UntilDoneAsync(worker, batch);
        (await workers.ShardAsync(batch, 0)).Epoch.ShouldBe(0);
    }

    [Fact]
    public async Task A_fenced_worker_stops_its_shards_and_goes_on_as_a_new_incarnation()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await StartAsync(simulator, "--Worker:MaxConcurrentLines=4");
        var batch = await workers.NewBatchAsync(worker, Lines.Hashes(40, "first_ms=300", "far-model"), 40);
        await workers.DispatchAsync(worker, batch);
        await Eventually.Until("some lines are done", async () => (await workers.TotalsAsync(batch)).Completed > 0);
        var fenced = WorkerFixture.InstanceOf(worker);
        await workers.ExecuteAsync($"UPDATE scheduler.instances SET fenced = true WHERE id = '{fenced}'");
        await using var connection = await workers.DataSource.OpenConnectionAsync();

        await ShardTable.ResetOwnersAsync(connection, [fenced], default);
        await workers.UntilDoneAsync(worker, batch);

        WorkerFixture.InstanceOf(worker).ShouldNotBe(fenced);
        Lines.ShouldBeExactlyOnce(await workers.ResultsAsync(batch, ResultKind.Output), 40, "first_ms=300");
        (await simulator.StatAsync("calls")).ShouldBeLessThanOrEqualTo(40 + (2 * 4));
    }

    [Fact]
    public async Task After_a_cancel_no_new_line_starts_within_a_second_and_nothing_more_is_written()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await StartAsync(simulator, "--Worker:MaxConcurrentLines=2");
        var batch = await workers.NewBatchAsync(worker, Lines.Hashes(1000, "first_ms=50", "far-model"), 500);
        await workers.DispatchAsync(worker, batch);
        await Eventually.Until("some lines are done", async () => (await workers.TotalsAsync(batch)).Completed > 0);
        await using var connection = await workers.DataSource.OpenConnectionAsync();
        await ShardTable.CloseAsync(connection, batch, default);
        var before = await simulator.StatAsync("calls");
        var closed = await workers.TotalsAsync(batch);

        await WorkerFixture.UntilIdleAsync(worker);

        // Two at a time, each at least 50 ms: that many fit into a second.
        (await simulator.StatAsync("calls") - before).ShouldBeLessThanOrEqualTo(40);
        (await workers.TotalsAsync(batch)).ShouldBe(closed);
        (await workers.ResultsAsync(batch, ResultKind.Output)).Count.ShouldBe((int)closed.Completed);
    }

    [Fact]
    public async Task A_shard_that_the_table_calls_ours_but_nobody_runs_is_handed_back()
    {
        var worker = await workers.StartWorkerAsync();
        var batch = await workers.NewBatchAsync(worker, Lines.Hashes(3), 30);
        await using var connection = await workers.DataSource.OpenConnectionAsync();
        await ShardTable.ClaimReadyAsync(connection, batch, 1, ShardClass.Normal, default);
        await connection.ExecuteAsync(
            "UPDATE scheduler.shards SET state = 2, owner = @owner WHERE batch_id = @batch",
            new { owner = WorkerFixture.InstanceOf(worker), batch });

        await workers.UntilDoneAsync(worker, batch);

        (await workers.ShardAsync(batch, 0)).Epoch.ShouldBe(1);
    }

    private ResultPages Pages => new(workers.DataSource);

    private Task<WebApplication> StartAsync(SimulatorProcess simulator, params string[] settings) =>
        workers.StartWorkerAsync(
        [
            $"--Inference:Providers:far:BaseUrl={simulator.Address}v1",
            "--Inference:Providers:far:Models:0=far-model",
            .. settings,
        ]);

    private Task UntilRunningAsync(Guid batch) => Eventually.Until(
        "the shard runs", async () => (await workers.ShardAsync(batch, 0)).State == ShardState.Running);
}
