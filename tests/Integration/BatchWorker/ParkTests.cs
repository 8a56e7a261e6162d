using System.Globalization;
using Dapper;
using Shouldly;
using Sluice.BatchStore.Results;
using Sluice.TestKit;
using Sluice.Tests.Integration.Streaming;
using Xunit;

namespace Sluice.Tests.Integration.BatchWorker;

public sealed class ParkTests(WorkerFixture workers) : IClassFixture<WorkerFixture>, IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await workers.StopAllAsync();

    [Fact]
    public async Task A_provider_that_is_out_of_quota_parks_the_shard_and_costs_no_attempt()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await workers.StartWorkerAsync(
            $"--Inference:Providers:far:BaseUrl={simulator.Address}v1",
            "--Inference:Providers:far:Models:0=far-model",
            "--Flow:ParkFor=00:00:00.100",
            "--Worker:MaxAttempts=1",
            "--Worker:MaxConcurrentLines=1");
        var batch = await workers.NewBatchAsync(
            worker,
            [
                .. Lines.Hashes(2, model: "far-model"),
                Lines.Chat("broke", $"@sim hash status=429 quota times=3 {Guid.NewGuid()}", "far-model"),
                .. Lines.Hashes(20, "last", "far-model"),
            ],
            30);
        await workers.DispatchAsync(worker, batch);
        await Eventually.Until("the shard is parked", async () => await ParksAsync(batch) > 0);

        (await CauseAsync(batch)).ShouldBe("provider_quota far");
        await workers.UntilDoneAsync(worker, batch);

        var totals = await workers.TotalsAsync(batch);
        (totals.Completed, totals.Failed).ShouldBe((23, 0));
        (await workers.ResultsAsync(batch, ResultKind.Output)).Count.ShouldBe(23);
        (await simulator.StatAsync("calls")).ShouldBe(23 + 3);
    }

    [Fact]
    public async Task Lines_that_a_provider_limits_while_it_answers_others_wait_and_fail_only_in_the_end()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await workers.StartWorkerAsync(
            $"--Inference:Providers:far:BaseUrl={simulator.Address}v1",
            "--Inference:Providers:far:Models:0=far-model",
            "--Flow:ParkFor=00:00:00.100",
            "--Flow:MaxLimitedRuns=2",
            "--Worker:RateLimitedFor=00:00:00");
        var batch = await workers.NewBatchAsync(
            worker,
            [
                Lines.Chat("never", $"@sim hash status=429 times=9999 {Guid.NewGuid()}", "far-model"),
                Lines.Chat("later", $"@sim hash status=429 times=1 {Guid.NewGuid()}", "far-model"),
                .. Lines.Hashes(20, model: "far-model"),
            ],
            30);
        await workers.DispatchAsync(worker, batch);
        await Eventually.Until(
            "it waits in the table", async () => await ScalarAsync<int>("limited_runs", batch) > 0);
        (await ScalarAsync<string>("cause", batch)).ShouldBe("provider_rate_limited");
        (await ParksAsync(batch)).ShouldBe(0);

        await workers.UntilDoneAsync(worker, batch);

        var totals = await workers.TotalsAsync(batch);
        (totals.Completed, totals.Failed).ShouldBe((21, 1));
        (await workers.ResultsAsync(batch, ResultKind.Output)).ShouldContain(r => r.CustomId == "later");
        var never = (await workers.RawResultsAsync(batch, ResultKind.Error)).Single();
        never["custom_id"]!.GetValue<string>().ShouldBe("never");
        never["response"]!["status_code"]!.GetValue<int>().ShouldBe(429);

        // One call of each in each run: two until the other is answered, one more that gives this one back, and the
        // last.
        (await simulator.StatAsync("calls")).ShouldBe(20 + 2 + (2 + 1 + 1));
    }

    [Fact]
    public async Task A_provider_that_cannot_be_reached_fails_no_line_and_is_probed_until_it_is_back()
    {
        var port = FreePort();
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/v1");
        var worker = await workers.StartWorkerAsync(
            $"--Inference:Providers:far:BaseUrl={address}",
            "--Inference:Providers:far:Models:0=far-model",
            "--Flow:ParkFor=00:00:00.100",
            "--Worker:MaxAttempts=2");
        var batch = await workers.NewBatchAsync(worker, Lines.Hashes(2, model: "far-model"), 30);
        await workers.DispatchAsync(worker, batch);
        await Eventually.Until("the shard is parked", async () => await ParksAsync(batch) == 1);
        (await CauseAsync(batch)).ShouldBe("provider_down far");
        await Eventually.Until("a probe failed too", async () =>
        {
            await workers.DispatchAsync(worker, batch);
            return await ParksAsync(batch) > 1;
        });

        await using var simulator = await SimulatorProcess.StartAsync(port);
        await workers.UntilDoneAsync(worker, batch);

        Lines.ShouldBeExactlyOnce(await workers.ResultsAsync(batch, ResultKind.Output), 2);
        (await simulator.StatAsync("calls")).ShouldBe(2);
    }

    [Fact]
    public async Task Lines_to_which_a_living_provider_answers_500_fail_by_their_attempts_and_others_complete()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await workers.StartWorkerAsync(
            $"--Inference:Providers:far:BaseUrl={simulator.Address}v1",
            "--Inference:Providers:far:Models:0=far-model",
            "--Inference:Providers:far:Circuit:BreakDuration=00:00:00.500",
            "--Flow:ParkFor=00:00:00.100",
            "--Flow:MaxParkFor=00:00:00.100",
            "--Flow:OutageRun=5",
            "--Flow:MaxErrorParks=2",
            "--Worker:MaxAttempts=3");
        var poison = await workers.NewBatchAsync(
            worker,
            [.. Enumerable.Range(1, 40).Select(n =>
                Lines.Chat($"poison-{n}", $"@sim status=500 times=9999 {Guid.NewGuid()}", "far-model"))],
            10);
        var good = await workers.NewBatchAsync(worker, Lines.Hashes(30, model: "far-model"), 10);
        await workers.DispatchAsync(worker, poison);
        await Eventually.Until("a shard is parked", async () => await SumAsync("parks", poison) > 0);

        await workers.UntilDoneAsync(worker, good);
        await workers.UntilDoneAsync(worker, poison);

        var totals = await workers.TotalsAsync(poison);
        (totals.Completed, totals.Failed).ShouldBe((0, 40));
        (await workers.RawResultsAsync(poison, ResultKind.Error)).ShouldAllBe(e =>
            e["response"]!["status_code"]!.GetValue<int>() == 500
            && e["x_sluice"]!["attempts"]!.GetValue<int>() == 3);
        Lines.ShouldBeExactlyOnce(await workers.ResultsAsync(good, ResultKind.Output), 30);
    }

    [Fact]
    public async Task A_single_line_outlives_a_provider_that_is_down_for_longer_than_its_attempts()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await workers.StartWorkerAsync(
            $"--Inference:Providers:far:BaseUrl={simulator.Address}v1",
            "--Inference:Providers:far:Models:0=far-model",
            "--Flow:ParkFor=00:00:00.100",
            "--Flow:MaxParkFor=00:00:00.100",
            "--Worker:MaxAttempts=2");
        var batch = await workers.NewBatchAsync(
            worker, [Lines.Chat("only", $"@sim hash status=503 times=8 {Guid.NewGuid()}", "far-model")], 1);
        await workers.DispatchAsync(worker, batch);
        await Eventually.Until("the shard is parked", async () => await ParksAsync(batch) > 0);
        (await CauseAsync(batch)).ShouldBe("provider_down far");

        await workers.UntilDoneAsync(worker, batch);

        var totals = await workers.TotalsAsync(batch);
        (totals.Completed, totals.Failed).ShouldBe((1, 0));
        (await simulator.StatAsync("calls")).ShouldBe(8 + 1);
    }

    [Fact]
    public async Task A_line_that_alone_gets_503_while_others_are_answered_fails_by_its_attempts()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        var worker = await workers.StartWorkerAsync(
            $"--Inference:Providers:far:BaseUrl={simulator.Address}v1",
            "--Inference:Providers:far:Models:0=far-model",
            "--Inference:Providers:far:MaxConcurrency=2",
            "--Worker:MaxAttempts=3");
        var batch = await workers.NewBatchAsync(
            worker,
            [
                Lines.Chat("poison", $"@sim status=503 times=9999 {Guid.NewGuid()}", "far-model"),
                .. Lines.Hashes(40, "delay_ms=5", "far-model"),
            ],
            50);

        await workers.UntilDoneAsync(worker, batch);

        Lines.ShouldBeExactlyOnce(await workers.ResultsAsync(batch, ResultKind.Output), 40, "delay_ms=5");
        (await workers.RawResultsAsync(batch, ResultKind.Error)).Single()["x_sluice"]!.ToJsonString()
            .ShouldBe("""{"attempts":3,"causes":["503","503","503"]}""");
        (await simulator.StatAsync("calls")).ShouldBe(40 + 3);
    }

    [Fact]
    public async Task A_task_whose_host_refuses_connections_waits_for_it()
    {
        var port = FreePort();
        var worker = await workers.StartWorkerAsync(
            string.Create(CultureInfo.InvariantCulture, $"--HttpTasks:AllowedHosts:0=127.0.0.1:{port}"),
            "--HttpTasks:AllowPrivateAddresses=true",
            "--Flow:ParkFor=00:00:00.100",
            "--Flow:MaxParkFor=00:00:00.100");
        var task = $$$"""
            {"type":"http","max_retries":1,"data":{"url":"http://127.0.0.1:{{{port}}}/v1/chat/completions",
            """.Trim() + """ "body":{"model":"m","messages":[{"role":"user","content":"@sim hash"}]}}}""";
        var batch = await workers.NewBatchAsync(worker, [task], 1);
        await Eventually.Until("the host was tried more often than the task may", async () =>
        {
            await workers.DispatchAsync(worker, batch);
            return await ParksAsync(batch) > 1;
        });

        await using var simulator = await SimulatorProcess.StartAsync(port);
        await workers.UntilDoneAsync(worker, batch);

        var totals = await workers.TotalsAsync(batch);
        (totals.Completed, totals.Failed).ShouldBe((1, 0));
        (await simulator.StatAsync("calls")).ShouldBe(1);
    }

    [Fact]
    public async Task Attempts_and_their_causes_stand_in_the_error_entry_and_with_the_shard()
    {
        var worker = await workers.StartWorkerAsync("--Worker:MaxAttempts=3");
        var batch = await workers.NewBatchAsync(
            worker,
            [
                Lines.Chat("broken", $"@sim status=503 times=99 {Guid.NewGuid()}"),
                Lines.Chat("shaky", $"@sim hash status=500 times=1 {Guid.NewGuid()}"),
                Lines.Chat("cut", "@sim tokens=5 fail_after=2"),
            ],
            30);

        await workers.UntilDoneAsync(worker, batch);

        var entries = (await workers.RawResultsAsync(batch, ResultKind.Error)).ToDictionary(
            e => e["custom_id"]!.GetValue<string>(), e => e["x_sluice"]!.ToJsonString());
        entries["broken"].ShouldBe("""{"attempts":3,"causes":["503","503","503"]}""");
        entries["cut"].ShouldBe("""{"attempts":3,"causes":["cut","cut","cut"]}""");
        (await workers.RawResultsAsync(batch, ResultKind.Output)).Single()["x_sluice"].ShouldBeNull();
        (await ScalarAsync<int>("retries", batch)).ShouldBe(2 + 1 + 2);
        (await ScalarAsync<string>("retry_cause", batch)).ShouldBeOneOf("503", "cut");
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private Task<int> SumAsync(string column, Guid batch) => ScalarAsync<int>($"sum({column})::int", batch);

    private Task<int> ParksAsync(Guid batch) => ScalarAsync<int>("parks", batch);

    private Task<string> CauseAsync(Guid batch) => ScalarAsync<string>("cause || ' ' || parked_by", batch);

    private async Task<T> ScalarAsync<T>(string column, Guid batch)
    {
        await using var connection = await workers.DataSource.OpenConnectionAsync();
        return await connection.QuerySingleAsync<T>(
            $"SELECT {column} FROM scheduler.shards WHERE batch_id = @batch", new { batch });
    }
}
