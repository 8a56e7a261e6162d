using System.Net.Http.Json;
using Sluice.LocalCluster.Services;
using Shouldly;
using Sluice.Tests.EndToEnd.Batches;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>
/// kill -9 and restarts while batches run: nothing lost, nothing doubled, only lines in flight run again.
/// </summary>
[Collection(nameof(Broken))]
public sealed class ProcessFaultTests(FaultCluster cluster)
{
    // 2,000 lines of 25 ms: seconds of work on two workers.
    private const int Lines = 2_000;
    private const string Slow = "first_ms=25";

    [Fact]
    public async Task A_worker_killed_in_mid_batch_loses_and_doubles_nothing()
    {
        var random = FaultSettings.Seeded(nameof(A_worker_killed_in_mid_batch_loses_and_doubles_nothing));
        for (var round = 0; round < FaultSettings.Rounds(few: 2, soak: 50); round++)
        {
            var run = new FaultRun(cluster);
            await run.StartAsync(Lines, Slow, share: 0.1 + (random.NextDouble() * 0.5));

            var worker = cluster.Processes[ServiceKind.BatchWorker, 1 + random.Next(2)];
            var done = await run.ShouldBeAtWorkAsync();
            var pid = await worker.Process.KillAsync();
            await run.ShouldBeAtWorkAsync();

            pid.ShouldNotBeNull("the worker was not alive");
            FaultSettings.Say($"round {round}: killed {worker.Process.Name} after {done} lines");
            await run.CheckAsync(mayRepeat: FaultCluster.LinesInFlight);
            await worker.WaitUntilReadyAsync();
        }
    }

    [Fact]
    public async Task A_worker_asked_to_stop_in_mid_batch_repeats_nothing()
    {
        var random = FaultSettings.Seeded(nameof(A_worker_asked_to_stop_in_mid_batch_repeats_nothing));
        for (var round = 0; round < FaultSettings.Rounds(few: 1, soak: 20); round++)
        {
            var run = new FaultRun(cluster);
            await run.StartAsync(Lines, Slow, share: 0.1 + (random.NextDouble() * 0.5));

            var worker = cluster.Processes[ServiceKind.BatchWorker, 1 + random.Next(2)];
            await run.ShouldBeAtWorkAsync();
            worker.Process.Send(LocalCluster.Processes.Signal.Terminate).ShouldBeTrue();

            await run.CheckAsync(mayRepeat: 0);
            await worker.WaitUntilReadyAsync();
        }
    }

    [Fact]
    public async Task A_worker_that_sleeps_longer_than_its_lease_changes_nothing_when_it_wakes()
    {
        var random = FaultSettings.Seeded("worker frozen");
        for (var round = 0; round < FaultSettings.Rounds(few: 1, soak: 20); round++)
        {
            var run = new FaultRun(cluster);
            await run.StartAsync(Lines, Slow, share: 0.1 + (random.NextDouble() * 0.5));
            var worker = cluster.Processes[ServiceKind.BatchWorker, 1 + random.Next(2)];
            var done = await run.ShouldBeAtWorkAsync();

            var before = await FaultRun.FreezeAtWorkAsync(cluster, worker);
            try
            {
                // The other one finishes what the sleeper had: its lease is over by then.
                await run.CheckLinesAsync();
            }
            finally
            {
                worker.Process.Send(LocalCluster.Processes.Signal.Continue);
            }

            await FaultRun.IsBackAsync(cluster, worker, before);
            FaultSettings.Say($"round {round}: {worker.Process.Name} slept from line {done} to the end and was refused "
                + $"{await worker.RefusedPagesAsync()} pages");
            await run.CheckAsync(mayRepeat: FaultCluster.LinesInFlight);
            await worker.WaitUntilReadyAsync();
        }
    }

    [Fact]
    public async Task A_scheduler_killed_in_mid_batch_is_not_missed()
    {
        var random = FaultSettings.Seeded(nameof(A_scheduler_killed_in_mid_batch_is_not_missed));
        for (var round = 0; round < FaultSettings.Rounds(few: 2, soak: 50); round++)
        {
            var run = new FaultRun(cluster);
            await run.StartAsync(Lines, Slow, share: random.NextDouble() * 0.6);

            var scheduler = cluster.Processes[ServiceKind.Scheduler, 1 + random.Next(2)];
            await run.ShouldBeAtWorkAsync();
            (await scheduler.Process.KillAsync()).ShouldNotBeNull();

            FaultSettings.Say($"round {round}: killed {scheduler.Process.Name}");
            await run.CheckAsync(mayRepeat: 0);
            await scheduler.WaitUntilReadyAsync();
        }
    }

    [Fact]
    public async Task All_workers_killed_at_once_go_on_where_they_were()
    {
        var random = FaultSettings.Seeded(nameof(All_workers_killed_at_once_go_on_where_they_were));
        for (var round = 0; round < FaultSettings.Rounds(few: 1, soak: 20); round++)
        {
            var run = new FaultRun(cluster);
            await run.StartAsync(Lines, Slow, share: 0.1 + (random.NextDouble() * 0.5));

            var workers = cluster.Processes.Services.Where(s => s.Kind == ServiceKind.BatchWorker).ToList();
            await run.ShouldBeAtWorkAsync();
            var pids = await Task.WhenAll(workers.Select(w => w.Process.KillAsync()));

            pids.ShouldAllBe(pid => pid != null);
            await run.CheckAsync(mayRepeat: 2 * FaultCluster.LinesInFlight);
            await Task.WhenAll(workers.Select(w => w.WaitUntilReadyAsync()));
        }
    }

    [Fact]
    public async Task The_broker_killed_in_mid_batch_and_started_again_costs_time_only()
    {
        var random = FaultSettings.Seeded(nameof(The_broker_killed_in_mid_batch_and_started_again_costs_time_only));
        for (var round = 0; round < FaultSettings.Rounds(few: 1, soak: 20); round++)
        {
            var run = new FaultRun(cluster);
            await run.StartAsync(Lines, Slow, share: 0.1 + (random.NextDouble() * 0.4));
            await run.ShouldBeAtWorkAsync();

            await cluster.Processes.Servers.RabbitMq!.StopAsync(LocalCluster.Processes.Signal.Kill);
            await run.ShouldBeAtWorkAsync();
            var submitted = new FaultRun(cluster);
            await submitted.SubmitAsync(200, "");
            FaultSettings.Say($"round {round}: the broker is down, and a batch was accepted");
            await cluster.Processes.Servers.RabbitMq.StartAsync();
            await cluster.Processes.Servers.WaitUntilReadyAsync();

            // A delivery that was held when its channel died comes again; its shard may be dispatched again with it.
            await run.CheckAsync(mayRepeat: 2 * FaultCluster.LinesInFlight);
            await submitted.CheckAsync(mayRepeat: 2 * FaultCluster.LinesInFlight);
            await cluster.Processes.WaitUntilReadyAsync();
        }
    }

    [Fact]
    public async Task The_database_killed_in_mid_batch_and_started_again_costs_time_only()
    {
        var random = FaultSettings.Seeded("database killed in mid-batch");
        for (var round = 0; round < FaultSettings.Rounds(few: 1, soak: 20); round++)
        {
            var run = new FaultRun(cluster);
            await run.StartAsync(Lines, Slow, share: 0.1 + (random.NextDouble() * 0.5));
            var done = await run.ShouldBeAtWorkAsync();

            await cluster.Processes.Servers.RestartPostgresAsync();

            // Nobody took the shards: what was running when it died is committed when it is back.
            FaultSettings.Say($"round {round}: the database was killed after {done} lines");
            await run.CheckAsync(mayRepeat: 2 * FaultCluster.LinesInFlight);
            await cluster.Processes.WaitUntilReadyAsync();
        }
    }

    [Fact]
    public async Task A_batch_that_is_ended_while_pages_are_written_has_every_line_once()
    {
        var random = FaultSettings.Seeded("ended while pages are written");
        for (var round = 0; round < FaultSettings.Rounds(few: 2, soak: 100); round++)
        {
            var ledger = new BatchLedger().Add(Lines, Slow);
            var id = await cluster.Api.CreateBatchAsync(
                await cluster.Api.UploadAsync(ledger.ToJsonl(UpstreamSimulator.Model)));
            var done = random.Next(Lines / 3);
            await cluster.Api.WaitForBatchAsync(id, b => b["request_counts"]!["completed"]!.GetValue<int>() > done);

            var isCancel = round % 2 == 0;
            (isCancel
                ? await cluster.Api.CancelAsync(id)
                : await cluster.Api.SendAsync(
                    HttpMethod.Patch, $"/api/batches/{id}", JsonContent.Create(
                        new { expires_at = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 1 }))).Ok();
            var batch = await cluster.Api.WaitForBatchAsync(id);

            batch["status"]!.GetValue<string>().ShouldBe(isCancel ? "cancelled" : "expired");
            await ledger.CheckAsync(cluster.Api, batch);
            FaultSettings.Say($"round {round}: {batch["status"]} with {batch["request_counts"]!.ToJsonString()}");
        }
    }

    [Fact]
    public async Task A_batch_cancelled_while_a_worker_dies_has_every_line_once()
    {
        var random = FaultSettings.Seeded(nameof(A_batch_cancelled_while_a_worker_dies_has_every_line_once));
        for (var round = 0; round < FaultSettings.Rounds(few: 1, soak: 50); round++)
        {
            var ledger = new BatchLedger().Add(Lines, Slow);
            var id = await cluster.Api.CreateBatchAsync(
                await cluster.Api.UploadAsync(ledger.ToJsonl(UpstreamSimulator.Model)));
            await cluster.Api.WaitForBatchAsync(
                id, b => b["request_counts"]!["completed"]!.GetValue<int>() > Lines * random.NextDouble() * 0.5);

            var worker = cluster.Processes[ServiceKind.BatchWorker, 1 + random.Next(2)];
            var cancel = cluster.Api.CancelAsync(id);
            (await worker.Process.KillAsync()).ShouldNotBeNull();
            (await cancel).Ok();

            var batch = await cluster.Api.WaitForBatchAsync(id);
            batch["status"]!.GetValue<string>().ShouldBe("cancelled");
            await ledger.CheckAsync(cluster.Api, batch);
            await worker.WaitUntilReadyAsync();
        }
    }

    [Fact]
    public async Task Many_batches_outlive_kill_after_kill()
    {
        var random = FaultSettings.Seeded(nameof(Many_batches_outlive_kill_after_kill));
        var (batches, lines, kills) = FaultSettings.Soak ? (20, 1_000, 100) : (2, 500, 3);
        var runs = Enumerable.Range(0, batches).Select(_ => new FaultRun(cluster)).ToList();
        foreach (var run in runs)
        {
            await run.SubmitAsync(lines, FaultSettings.Soak ? "first_ms=200" : Slow);
        }

        using var submissions = new SubmissionLedger();
        var storm = new KillStorm(cluster, random, [.. runs.Select(run => run.Key)]);
        var killing = storm.RunAsync(kills, batches * lines);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ =>
        {
            // So many that POSTs are under way whenever somebody is killed.
            for (var n = 0; n < 25 * kills && !killing.IsCompleted; n++)
            {
                await submissions.SubmitAsync(cluster.Api, lines: 3);
            }
        }));
        await killing;
        var repeated = 0;
        foreach (var run in runs)
        {
            await run.CheckLinesAsync();
            repeated += await run.RepeatedAsync();
        }

        // Each dead worker had at most 8 calls open, and what it had finished for 50 ms.
        FaultSettings.Say(await submissions.CheckAsync(cluster.Api));
        FaultSettings.Say($"killed {storm}; {repeated} of {batches * lines} calls repeated");
        repeated.ShouldBeLessThanOrEqualTo(
            FaultSettings.Soak ? batches * lines / 50 : storm.OfWorkers * FaultCluster.LinesInFlight);
        await FaultRun.CheckLivenessAsync(cluster);
    }
}
