using Microsoft.AspNetCore.Builder;
using Shouldly;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.ServiceDefaults.Hosting;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.BatchWorker;

public sealed class ShardRunTests(WorkerFixture workers) : IClassFixture<WorkerFixture>, IAsyncLifetime
{
    private WebApplication _worker = null!;

    public async ValueTask InitializeAsync() => _worker = await workers.StartWorkerAsync(
        "--Worker:MaxAttempts=3", "--Worker:MaxRetryDelay=00:00:00.050");

    public async ValueTask DisposeAsync() => await workers.StopWorkerAsync(_worker);

    [Fact]
    public async Task Every_line_is_answered_once_and_counted()
    {
        var batch = await workers.NewBatchAsync(_worker, Lines.Hashes(1000), 100);

        await workers.UntilDoneAsync(_worker, batch);

        Lines.ShouldBeExactlyOnce(await workers.ResultsAsync(batch, ResultKind.Output), 1000);
        (await workers.ResultsAsync(batch, ResultKind.Error)).ShouldBeEmpty();
        var totals = await workers.TotalsAsync(batch);
        (totals.Completed, totals.Failed, totals.Open).ShouldBe((1000, 0, 0));
        totals.PromptTokens.ShouldBeGreaterThan(0);
        totals.CompletionTokens.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Failures_that_pass_are_retried_and_the_line_completes()
    {
        var batch = await workers.NewBatchAsync(
            _worker,
            [
                Lines.Chat("limited", $"@sim hash status=429 times=1 {Guid.NewGuid()}"),
                Lines.Chat("failing", $"@sim hash status=500 times=2 {Guid.NewGuid()}"),
                Lines.Chat("busy", $"@sim hash status=503 times=1 {Guid.NewGuid()}"),
            ],
            10);

        await workers.UntilDoneAsync(_worker, batch);

        (await workers.ResultsAsync(batch, ResultKind.Output)).Select(r => r.CustomId)
            .ShouldBe(["limited", "failing", "busy"], ignoreOrder: true);
        (await workers.TotalsAsync(batch)).Completed.ShouldBe(3);
    }

    [Fact]
    public async Task Lines_that_fail_for_good_go_to_the_error_file_and_the_others_complete()
    {
        var batch = await workers.NewBatchAsync(
            _worker,
            [
                Lines.Chat("good", "@sim hash"),
                Lines.Chat("broken", $"@sim status=500 times=99 {Guid.NewGuid()}"),
                Lines.Chat("refused", $"@sim status=400 times=99 {Guid.NewGuid()}"),
                Lines.Chat("cut", "@sim tokens=5 fail_after=2"),
                Lines.Chat("unknown", "hello", model: "no-such-model"),
                """{"custom_id":"bad","body":{"model":"sluice-sim","messages":"none"}}""",
                """{"custom_id":"stream","body":{"model":"sluice-sim","messages":[],"stream":true}}""",
                """{"custom_id":"bodiless"}""",
                "not json at all",
            ],
            100);

        await workers.UntilDoneAsync(_worker, batch);

        (await workers.ResultsAsync(batch, ResultKind.Output)).Select(r => r.CustomId).ShouldBe(["good"]);
        var errors = (await workers.ResultsAsync(batch, ResultKind.Error)).ToDictionary(r => r.CustomId);
        (errors["broken"].Status, errors["broken"].Code).ShouldBe((500, null));
        (errors["refused"].Status, errors["refused"].Code).ShouldBe((400, null));
        (errors["cut"].Status, errors["cut"].Code).ShouldBe((null, "upstream_error"));
        errors["unknown"].Code.ShouldBe("model_not_found");
        errors["bad"].Code.ShouldBe("invalid_request");
        errors["stream"].Code.ShouldBe("invalid_request");
        errors["bodiless"].Code.ShouldBe("invalid_request");
        errors[""].Code.ShouldBe("invalid_request");
        var totals = await workers.TotalsAsync(batch);
        (totals.Completed, totals.Failed).ShouldBe((1, 8));
    }

    [Fact]
    public async Task Blank_lines_are_no_lines_and_carriage_returns_are_no_content()
    {
        var batch = await workers.NewBatchAsync(
            _worker, [Lines.Chat("a", "@sim hash #1") + "\r", "", Lines.Chat("b", "@sim hash #2") + "\r"], 100);

        await workers.UntilDoneAsync(_worker, batch);

        (await workers.ResultsAsync(batch, ResultKind.Output)).Select(r => r.CustomId)
            .ShouldBe(["a", "b"], ignoreOrder: true);
    }

    [Fact]
    public async Task An_input_that_is_gone_fails_its_lines_and_the_shard_ends()
    {
        var batch = await workers.NewBatchAsync(_worker, Lines.Hashes(5), 100);
        await workers.ExecuteAsync("DELETE FROM scheduler.blob_chunks");

        await workers.UntilDoneAsync(_worker, batch);

        (await workers.ResultsAsync(batch, ResultKind.Error)).Select(r => r.Code)
            .ShouldBe(Enumerable.Repeat("input_unavailable", 5));
    }

    [Fact]
    public async Task Finished_lines_are_committed_while_others_still_run()
    {
        var slow = Lines.Chat("slow", "@sim hash first_ms=60000");
        var batch = await workers.NewBatchAsync(_worker, [.. Lines.Hashes(20), slow], 100);
        await workers.DispatchAsync(_worker, batch);

        await Eventually.Until(
            "the finished lines are counted",
            async () => (await workers.TotalsAsync(batch)).Completed == 20,
            TimeSpan.FromSeconds(3));

        (await workers.ShardAsync(batch, 0)).State.ShouldBe(ShardState.Running);
        await CloseAsync(batch);
    }

    [Fact]
    public async Task A_message_that_comes_twice_runs_its_shard_once()
    {
        var batch = await workers.NewBatchAsync(_worker, Lines.Hashes(50, "delay_ms=200 tokens=2"), 100);
        await workers.DispatchAsync(_worker, batch);
        await Eventually.Until("it runs", async () => (await workers.ShardAsync(batch, 0)).State == ShardState.Running);
        await WorkerFixture.SendAsync(_worker, new(new(batch, 0), 0, default));
        await WorkerFixture.SendAsync(_worker, new(new(batch, 0), 0, default));

        await workers.UntilDoneAsync(_worker, batch);

        Lines.ShouldBeExactlyOnce(
            await workers.ResultsAsync(batch, ResultKind.Output), 50, "delay_ms=200 tokens=2");
        (await workers.ShardAsync(batch, 0)).Epoch.ShouldBe(0);
    }

    [Fact]
    public async Task Pages_close_at_their_number_of_lines_and_at_their_number_of_bytes()
    {
        var worker = await workers.StartWorkerAsync("--Worker:PageLines=10", "--Worker:PageBytes=2000");
        await workers.StopWorkerAsync(_worker);
        _worker = worker;
        var batch = await workers.NewBatchAsync(_worker, Lines.Hashes(200), 200);

        await workers.UntilDoneAsync(_worker, batch);

        Lines.ShouldBeExactlyOnce(await workers.ResultsAsync(batch, ResultKind.Output), 200);
        var largest = await workers.Database.ScalarAsync(
            $"SELECT max(cardinality(lines)) FROM scheduler.result_pages WHERE batch_id = '{batch}'");
        var longest = await workers.Database.ScalarAsync(
            $"SELECT max(octet_length(body)) FROM scheduler.result_pages WHERE batch_id = '{batch}'");
        ((int)largest!).ShouldBeLessThanOrEqualTo(10);
        ((int)longest!).ShouldBeLessThan(2 * 2000);
    }

    [Fact]
    public async Task A_worker_is_ready_when_it_renews_its_shards()
    {
        using var client = new HttpClient { BaseAddress = _worker.ListenerAddress(ListenerKind.Internal) };

        await Eventually.Until("it is ready", async () =>
        {
            using var response = await client.GetAsync(new Uri("/healthz/ready", UriKind.Relative));
            return response.IsSuccessStatusCode;
        });
    }

    private async Task CloseAsync(Guid batch)
    {
        await using var connection = await workers.DataSource.OpenConnectionAsync();
        await ShardTable.CloseAsync(connection, batch, default);
    }
}
