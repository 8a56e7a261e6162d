using System.Diagnostics;
using System.Globalization;
using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Batches;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>
/// A line that ends the process that runs it, every time; a provider whose every connection breaks for a while.
/// </summary>
[Collection(nameof(Alone))]
public sealed class WorkerFaultTests(WorkerFaultCluster cluster) : IClassFixture<WorkerFaultCluster>
{
    private const int Lines = 1_000;

    [Fact]
    public async Task A_line_that_kills_its_worker_fails_after_few_deaths_and_its_neighbours_complete()
    {
        var before = Starts();
        var (neighbours, others) = (new BatchLedger().Add(60, "first_ms=20"), new BatchLedger().Add(60, "first_ms=20"));
        var lines = neighbours.ToJsonl().Split('\n').ToList();
        lines.Insert(30, BatchLedger.Line(WorkerFaultCluster.Poison, "@sim hash"));
        var poisoned = await CreateAsync(string.Join('\n', lines));
        var innocent = await CreateAsync(others.ToJsonl());
        await Eventually.Until("the line is suspected", () => IsFoundAsync(poisoned, "poison_line"));

        var batch = await cluster.Api.WaitForBatchAsync(poisoned);
        await others.CheckAsync(cluster.Api, await cluster.Api.WaitForBatchAsync(innocent));

        batch["status"]!.GetValue<string>().ShouldBe("completed", batch.ToJsonString());
        var counts = batch["request_counts"]!;
        (counts["completed"]!.GetValue<int>(), counts["failed"]!.GetValue<int>()).ShouldBe((60, 1));
        var error = (await cluster.Api.LinesAsync(batch["error_file_id"])).ShouldHaveSingleItem();
        error["custom_id"]!.GetValue<string>().ShouldBe(WorkerFaultCluster.Poison);
        error["error"]!["code"]!.GetValue<string>().ShouldBe("line_crashed_worker");
        (await cluster.Api.LinesAsync(batch["output_file_id"])).Select(l => l["custom_id"]!.GetValue<string>())
            .Order(StringComparer.Ordinal)
            .ShouldBe(Enumerable.Range(0, 60).Select(n => $"line-{n}").Order(StringComparer.Ordinal));

        // Two in company, two alone; a death just after a page does not count.
        (Starts() - before).ShouldBeInRange(4, 7);
    }

    [Fact]
    public async Task A_line_that_kills_its_worker_fails_although_it_is_the_only_work()
    {
        var before = Starts();
        var id = await CreateAsync(BatchLedger.Line(WorkerFaultCluster.Poison, "@sim hash"));

        var batch = await cluster.Api.WaitForBatchAsync(id);

        batch["status"]!.GetValue<string>().ShouldBe("completed", batch.ToJsonString());
        var error = (await cluster.Api.LinesAsync(batch["error_file_id"])).ShouldHaveSingleItem();
        error["error"]!["code"]!.GetValue<string>().ShouldBe("line_crashed_worker");
        (Starts() - before).ShouldBe(4);
    }

    [Fact]
    public async Task A_provider_that_goes_down_and_comes_back_costs_time_and_no_line()
    {
        var ledger = new BatchLedger().Add(Lines, "first_ms=20");
        var id = await cluster.Api.CreateBatchAsync(
            await cluster.Api.UploadAsync(ledger.ToJsonl(WorkerFaultCluster.FrailModel)));
        await cluster.Api.WaitForBatchAsync(id, b => b["request_counts"]!["completed"]!.GetValue<int>() > Lines / 10);

        cluster.Proxy.CutAfter(0);
        await Eventually.Until("shards are parked, and again after a probe", async () => await ParksAsync() >= 2);
        await Eventually.Until("the diagnosis says so", () => IsFoundAsync(id, "circuit_open"));
        var batch = await cluster.Api.BatchAsync(id);
        batch["status"]!.GetValue<string>().ShouldBe("in_progress", "the outage came when the batch was not at work");
        cluster.Proxy.CutAfter(long.MaxValue);
        batch = await cluster.Api.WaitForBatchAsync(id);

        batch["request_counts"]!["completed"]!.GetValue<int>().ShouldBe(Lines, batch.ToJsonString());
        await ledger.CheckAsync(cluster.Api, batch);

        // Open calls of two workers when it went down, a few that reconnect before it counts as down, and probes.
        var calls = (await cluster.Frail.StatsAsync())["calls"]!.GetValue<int>();
        FaultSettings.Say($"{calls - Lines} calls beyond one per line");
        (calls - Lines).ShouldBeLessThanOrEqualTo(2 * ((2 * WorkerFaultCluster.FrailConcurrency) + 10));
    }

    [Fact]
    public async Task A_worker_asked_to_stop_gives_back_a_line_that_takes_too_long_and_exits_in_time()
    {
        var id = await CreateAsync(BatchLedger.Line("endless", $"@sim hash first_ms=600000 #{Guid.NewGuid()}"));
        var batch = Guid.Parse(id["batch_".Length..]);
        var owner = await Eventually.Value("the line runs", async () => (string?)await cluster.Cluster.ScalarAsync(
            $"""
             SELECT i.address FROM scheduler.shards s JOIN scheduler.instances i ON i.id = s.owner
             WHERE s.batch_id = '{batch}' AND s.state = 2
             """));
        var worker = cluster.Cluster.Processes.Services.Single(s => s.InternalUrl == new Uri(owner));
        var started = Stopwatch.GetTimestamp();

        await worker.Process.StopAsync(Signal.Terminate);

        // The lines' own bound, and what the rest of a stop may take; 25 s in all with the defaults.
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(WorkerFaultCluster.DrainTimeout + TimeSpan.FromSeconds(5));
        (await cluster.Cluster.ScalarAsync($"SELECT cause FROM scheduler.shards WHERE batch_id = '{batch}'"))
            .ShouldBe("worker_draining");
        (await cluster.Api.CancelAsync(id)).Ok();
        (await cluster.Api.WaitForBatchAsync(id))["status"]!.GetValue<string>().ShouldBe("cancelled");
        await worker.Process.StartAsync();
        await worker.WaitUntilReadyAsync();
    }

    private async Task<bool> IsFoundAsync(string batch, string code) =>
        (await cluster.Api.GetAsync($"/api/batches/{batch}/diagnosis")).Ok()["findings"]!.AsArray()
            .Any(f => f!["code"]!.GetValue<string>() == code);

    private int Starts() => cluster.Cluster.Processes.Services
        .Where(s => s.Kind == ServiceKind.BatchWorker)
        .Sum(s => s.Process.Starts);

    private async Task<string> CreateAsync(string lines) =>
        await cluster.Api.CreateBatchAsync(await cluster.Api.UploadAsync(lines));

    private async Task<int> ParksAsync() => Convert.ToInt32(
        await cluster.Cluster.ScalarAsync(
            "SELECT coalesce(max(parks), 0) FROM scheduler.shards WHERE parked_by = 'frail'"),
        CultureInfo.InvariantCulture);
}
