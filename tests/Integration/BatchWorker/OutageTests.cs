using Shouldly;
using Sluice.BatchStore.Results;
using Sluice.TestKit;
using Sluice.Tests.Integration.Streaming;
using Xunit;

namespace Sluice.Tests.Integration.BatchWorker;

public sealed class OutageTests(WorkerFixture workers) : IClassFixture<WorkerFixture>, IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await workers.StopAllAsync();

    [Fact]
    public async Task Broken_connections_lose_and_double_nothing_and_repeat_no_finished_line()
    {
        const string Directives = "first_ms=20";
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await workers.StartWorkerAsync(
            $"--Inference:Providers:far:BaseUrl={simulator.Address}v1",
            "--Inference:Providers:far:Models:0=far-model",
            "--Worker:MaxConcurrentLines=8",
            "--Worker:PageInterval=00:00:00.010");
        var batch = await workers.NewBatchAsync(worker, Lines.Hashes(2000, Directives, "far-model"), 500);
        await workers.DispatchAsync(worker, batch);
        var (polls, breaks) = (0, 0);

        await Eventually.Until(
            "the batch has no open shard",
            async () =>
            {
                await workers.DispatchAsync(worker, batch);
                if (++polls % 10 == 0)
                {
                    await BreakAsync();
                    breaks++;
                }

                return (await workers.TotalsAsync(batch)).Open == 0;
            },
            TimeSpan.FromSeconds(60));

        breaks.ShouldBeGreaterThan(3);
        Lines.ShouldBeExactlyOnce(await workers.ResultsAsync(batch, ResultKind.Output), 2000, Directives);
        (await workers.TotalsAsync(batch)).Completed.ShouldBe(2000);
        (await simulator.StatAsync("calls")).ShouldBe(2000);
    }

    private Task BreakAsync() => workers.ExecuteAsync(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%result_pages%'
        """);
}
