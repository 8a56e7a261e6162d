using Dapper;
using Shouldly;
using Sluice.BatchStore.Results;
using Sluice.TestKit;
using Sluice.Tests.Integration.Streaming;
using Xunit;

namespace Sluice.Tests.Integration.BatchWorker;

public sealed class QuarantineTests(WorkerFixture workers) : IClassFixture<WorkerFixture>, IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await workers.StopAllAsync();

    [Fact]
    public async Task A_shard_in_quarantine_runs_alone_and_one_line_at_a_time()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await workers.StartWorkerAsync(
            $"--Inference:Providers:far:BaseUrl={simulator.Address}v1", "--Inference:Providers:far:Models:0=far-model");
        const string Directives = "first_ms=50";
        var innocent = await workers.NewBatchAsync(worker, Lines.Hashes(60, Directives, "far-model"), 20);
        var suspects = await workers.NewBatchAsync(worker, Lines.Hashes(12, Directives, "far-model"), 6);
        await workers.ExecuteAsync($"UPDATE scheduler.shards SET unclean_ends = 2 WHERE batch_id = '{suspects}'");
        await workers.DispatchAsync(worker, innocent);
        await workers.DispatchAsync(worker, suspects);
        await Eventually.Until("a suspect runs", async () => await TriedAsync(suspects) > 0);

        var most = 0L;
        await Eventually.Until(
            "the suspects are done",
            async () =>
            {
                most = Math.Max(most, await simulator.StatAsync("active"));
                return (await workers.TotalsAsync(suspects)).Open == 0;
            });

        most.ShouldBe(1);
        await workers.UntilDoneAsync(worker, innocent);
        Lines.ShouldBeExactlyOnce(await workers.ResultsAsync(suspects, ResultKind.Output), 12, Directives);
        Lines.ShouldBeExactlyOnce(await workers.ResultsAsync(innocent, ResultKind.Output), 60, Directives);
    }

    [Fact]
    public async Task A_line_with_which_the_process_ended_twice_alone_fails_and_its_neighbours_complete()
    {
        var worker = await workers.StartWorkerAsync();
        var batch = await workers.NewBatchAsync(worker, Lines.Hashes(5), 5);
        await workers.ExecuteAsync(
            $"UPDATE scheduler.shards SET unclean_ends = 2, trial_line = 3, trial_ends = 2 WHERE batch_id = '{batch}'");

        await workers.UntilDoneAsync(worker, batch);

        var error = (await workers.ResultsAsync(batch, ResultKind.Error)).ShouldHaveSingleItem();
        (error.CustomId, error.Code).ShouldBe(("line-3", "line_crashed_worker"));
        (await workers.ResultsAsync(batch, ResultKind.Output)).Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_shard_that_always_fails_is_put_off_with_its_cause_and_fails_its_lines_in_the_end()
    {
        var worker = await workers.StartWorkerAsync("--Worker:MaxShardFailures=2");
        var batch = await workers.NewBatchAsync(worker, Lines.Hashes(3), 3);
        await workers.ExecuteAsync("ALTER TABLE scheduler.blob_chunks RENAME TO hidden_chunks");
        await workers.DispatchAsync(worker, batch);
        await Eventually.Until("it came back", async () => await FailuresAsync(batch) == 1);
        (await workers.DispatchAsync(worker, batch)).ShouldBe(0, "not due yet");

        await workers.ExecuteAsync("UPDATE scheduler.shards SET ready_after = NULL, failures = 2");
        await workers.ExecuteAsync("ALTER TABLE scheduler.hidden_chunks RENAME TO blob_chunks");
        await workers.UntilDoneAsync(worker, batch);

        var errors = await workers.ResultsAsync(batch, ResultKind.Error);
        errors.Select(e => (e.CustomId, e.Code)).ShouldBe(
            [("line-1", "shard_failed"), ("line-2", "shard_failed"), ("line-3", "shard_failed")]);
        (await CauseAsync(batch)).ShouldStartWith("error: PostgresException: 42P01");
    }

    private Task<long> TriedAsync(Guid batch) =>
        ScalarAsync<long>("SELECT count(*) FROM scheduler.shards WHERE batch_id = @batch AND trial_open", batch);

    private Task<int> FailuresAsync(Guid batch) =>
        ScalarAsync<int>("SELECT failures FROM scheduler.shards WHERE batch_id = @batch", batch);

    private Task<string> CauseAsync(Guid batch) =>
        ScalarAsync<string>("SELECT cause FROM scheduler.shards WHERE batch_id = @batch", batch);

    private async Task<T> ScalarAsync<T>(string sql, Guid batch)
    {
        await using var connection = await workers.DataSource.OpenConnectionAsync();
        return await connection.QuerySingleAsync<T>(sql, new { batch });
    }
}
