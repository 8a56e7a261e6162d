using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.BatchWorker;
using Sluice.TestKit;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary><c>/api/jobs</c> with a real worker.</summary>
public sealed class JobsTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>, IAsyncLifetime
{
    private WebApplication _worker = null!;

    public async ValueTask InitializeAsync()
    {
        _worker = BatchWorkerHost.Build(
            [.. scheduler.Connections(), "--Internal:Url=http://127.0.0.1:0", "--Worker:RetryDelay=00:00:00.010"]);
        await _worker.StartAsync();

        // What is dispatched before the queue is bound goes nowhere, and is dispatched again only a minute later.
        await _worker.Services.GetRequiredService<IBusControl>()
            .WaitForHealthStatus(BusHealthStatus.Healthy, Eventually.Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await _worker.StopAsync();
        await _worker.DisposeAsync();
    }

    [Fact]
    public async Task Tasks_of_several_types_run_and_their_results_are_shown()
    {
        using var answer = await scheduler.PostJsonAsync(
            "/api/jobs",
            """
            [{"type":"echo","data":{"a":
              1},"custom_id":"first"},
             {"type":"chat.completions","data":{"model":"sluice-sim","messages":
               [{"role":"user","content":"@sim count tokens=3"}]},"max_retries":0},
             {"type":"chat.completions","data":{"model":"nobody","messages":[{"role":"user","content":"a"}]}}]
            """);

        ((int)answer.StatusCode).ShouldBe(202);
        var job = await Json(answer);
        var id = job.GetProperty("id").GetString()!;
        answer.Headers.Location!.ToString().ShouldBe($"/api/jobs/{id}");
        job.GetProperty("tasks").GetRawText().ShouldBe("""{"total":3,"completed":0,"failed":0}""");
        var ended = await EndOf(id);
        ended.GetProperty("state").GetString().ShouldBe("completed");
        ended.GetProperty("tasks").GetRawText().ShouldBe("""{"total":3,"completed":2,"failed":1}""");
        var results = ended.GetProperty("results").EnumerateArray()
            .ToDictionary(r => r.GetProperty("custom_id").GetString()!);
        results["first"].GetProperty("response").GetProperty("body").GetProperty("a").GetInt32().ShouldBe(1);
        results["task-2"].GetProperty("response").GetRawText().ShouldContain("0 1 2");
        results["task-3"].GetProperty("error").GetProperty("code").GetString().ShouldBe("model_not_found");
        var lines = await scheduler.Client.GetStringAsync(ended.GetProperty("results_url").GetString());
        lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(3);
        var batch = await scheduler.GetAsync($"/v1/batches/{ended.GetProperty("batch_id").GetString()}");
        batch.GetProperty("endpoint").GetString().ShouldBe("/api/jobs");

        // Whatever shows batches shows jobs by their own ids, and the lists have each in one place.
        var batchId = batch.GetProperty("id").GetString()!;
        (await scheduler.GetAsync($"/api/batches/{id}/diagnosis")).GetProperty("batch_id").GetString()
            .ShouldBe(batchId);
        (await scheduler.GetAsync($"/api/batches/{id}/shards")).GetProperty("data").GetArrayLength().ShouldBe(1);
        (await scheduler.Client.GetStringAsync($"/api/batches/{id}/events")).ShouldContain("event: batch.completed\n");
        (await scheduler.GetAsync($"/api/jobs/{batchId}")).GetProperty("id").GetString().ShouldBe(id);
        (await scheduler.GetAsync($"/api/dead-letters?batch={id}")).GetProperty("data").GetArrayLength().ShouldBe(1);
        (await scheduler.Client.GetStringAsync("/v1/batches")).ShouldNotContain(batchId);
        (await scheduler.Client.GetStringAsync("/api/jobs")).ShouldContain(id);
    }

    [Fact]
    public async Task One_task_and_json_lines_are_bodies_too_and_a_job_shows_its_first_results_only()
    {
        var one = await Json(await scheduler.PostJsonAsync("/api/jobs", """{"type":"echo","data":[1]}"""));
        var many = await Json(await PostLinesAsync(
            string.Join('\n', Enumerable.Range(0, 250).Select(n => $$"""{"type":"echo","data":{{n}}}""")) + "\r\n\n"));

        (await EndOf(one.GetProperty("id").GetString()!)).GetProperty("results")[0].GetProperty("custom_id")
            .GetString().ShouldBe("task-1");
        var ended = await EndOf(many.GetProperty("id").GetString()!);
        ended.GetProperty("tasks").GetProperty("completed").GetInt32().ShouldBe(250);
        ended.GetProperty("results").GetArrayLength().ShouldBe(20);
        ended.GetProperty("has_more_results").GetBoolean().ShouldBeTrue();
        var list = await scheduler.GetAsync($"/api/jobs?limit=1&after={many.GetProperty("id").GetString()}");
        list.GetProperty("data")[0].GetProperty("id").GetString().ShouldBe(one.GetProperty("id").GetString());
        list.GetProperty("data")[0].GetProperty("object").GetString().ShouldBe("job");
    }

    [Theory]
    [InlineData("""{"type":"teleport","data":{}}""", "unknown_task_type", "'teleport'")]
    [InlineData("""[{"type":"echo","data":1},{"type":"echo"}]""", "missing_required_field", "Task 2")]
    [InlineData("""{"data":1}""", "missing_required_field", "'type'")]
    [InlineData("""{"type":1,"data":1}""", "invalid_type", "'type'")]
    [InlineData("""{"type":"echo","data":1,"max_retry":1}""", "unknown_field", "'max_retry'")]
    [InlineData("""{"type":"echo","data":1,"max_retries":-1}""", "invalid_type", "'max_retries'")]
    [InlineData("""{"type":"echo","data":1,"max_retries":100}""", "invalid_type", "'max_retries'")]
    [InlineData("""{"type":"echo","data":1,"custom_id":""}""", "invalid_custom_id", "'custom_id'")]
    [InlineData("""{"type":"chat.completions","data":{"model":"m"}}""", "invalid_task_data", "'messages'")]
    [InlineData("""{"type":"embeddings","data":{"model":"m","input":""}}""", "invalid_task_data", "'input'")]
    [InlineData("""{"type":"responses","data":{"model":"m","input":"a","stream":true}}""", "invalid_task_data", "'stream'")]
    [InlineData("""{"type":"http","data":{"url":"https://example.org/"}}""", "host_not_allowed", "example.org")]
    [InlineData("""[{"type":"echo","data":1,"custom_id":"task-2"},{"type":"echo","data":1}]""", "duplicate_custom_id", "Task 1")]
    [InlineData("""[{"type":"echo","data":1,"priority":"high"},{"type":"echo","data":1}]""", "mixed_priorities", "'priority'")]
    [InlineData("""[{"type":"echo","data":1,"completion_window":"1h"},{"type":"echo","data":1}]""", "mixed_completion_windows", "'completion_window'")]
    [InlineData(
        """{"type":"echo","data":1,"completion_window":"0h"}""",
        "unsupported_completion_window",
        "'completion_window'")]
    [InlineData("""{"type":"echo","data":1,"completion_window":5}""", "invalid_type", "'completion_window'")]
    [InlineData("""{"\ud800":1}""", "unknown_field", "unknown")]
    [InlineData("""{"type":"\ud800","data":1}""", "invalid_type", "'type'")]
    [InlineData("""{"type":"chat.completions","data":{"\ud800":1}}""", "invalid_task_data", "Unicode")]
    [InlineData("""{"type":"http","data":{"\ud800":1}}""", "invalid_task_data", "Unicode")]
    [InlineData("[]", "no_tasks", "no task")]
    [InlineData("[1]", "not_an_object", "Task 1")]
    [InlineData("", "invalid_json", "JSON")]
    [InlineData("""{"type":"echo","data":1""", "invalid_json", "JSON")]
    [InlineData("""[{"type":"echo","data":1}] []""", "invalid_json", "JSON")]
    public async Task A_bad_task_is_told_and_nothing_is_stored(string body, string code, string names)
    {
        var before = await StoredAsync();

        using var answer = await scheduler.PostJsonAsync("/api/jobs", body);

        await ProblemAsync(answer, 400, code, names);
        (await StoredAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task The_window_of_a_job_is_that_of_its_tasks_or_the_configured_one()
    {
        foreach (var (window, seconds) in new[] { ("\"90m\"", 90 * 60), ("null", 24 * 60 * 60) })
        {
            var job = await Json(await scheduler.PostJsonAsync(
                "/api/jobs", $$"""{"type":"echo","data":1,"completion_window":{{window}}}"""));

            var batch = await scheduler.GetAsync($"/v1/batches/{job.GetProperty("batch_id").GetString()}");
            (batch.GetProperty("expires_at").GetInt64() - batch.GetProperty("created_at").GetInt64())
                .ShouldBe(seconds);
        }
    }

    [Fact]
    public async Task The_same_key_makes_one_job_and_leaves_no_bytes_of_the_second()
    {
        const string Body = """{"type":"echo","data":"once"}""";
        void Key(HttpRequestHeaders headers) => headers.Add("Idempotency-Key", "job-key-1");
        var first = await Json(await scheduler.PostJsonAsync("/api/jobs", Body, Key));
        var stored = await StoredAsync();

        var second = await Json(await scheduler.PostJsonAsync("/api/jobs", Body, Key));
        using var other = await scheduler.PostJsonAsync("/api/jobs", """{"type":"echo","data":"other"}""", Key);

        second.GetRawText().ShouldBe(first.GetRawText());
        await ProblemAsync(other, 422, "idempotency_key_reused", "Idempotency-Key");
        (await StoredAsync()).ShouldBe(stored);
    }

    [Fact]
    public async Task A_job_is_cancelled_once_and_belongs_to_its_tenant()
    {
        var job = await Json(await scheduler.PostJsonAsync(
            "/api/jobs",
            """
            {"type":"chat.completions","data":{"model":"sluice-sim","messages":
            [{"role":"user","content":"@sim first_ms=600000"}]}}
            """));
        var path = $"/api/jobs/{job.GetProperty("id").GetString()}";
        using var foreign = scheduler.ClientOf("other");

        await ProblemAsync(await foreign.GetAsync(path), 404, "job_not_found", "job");
        await ProblemAsync(await foreign.GetAsync(path + "/results"), 404, "job_not_found", "job");
        await ProblemAsync(await foreign.PostAsync(path + "/cancel", null), 404, "job_not_found", "job");
        var batch = path.Replace("/api/jobs/", "/api/batches/", StringComparison.Ordinal);
        (await Json(await scheduler.Client.PostAsync(batch + "/pause", null))).GetProperty("id").GetString()
            .ShouldBe(job.GetProperty("batch_id").GetString());
        (await Json(await scheduler.Client.PostAsync(batch + "/resume", null))).GetProperty("x_sluice")
            .GetProperty("paused_at").ValueKind.ShouldBe(JsonValueKind.Null);
        await ProblemAsync(await foreign.PostAsync(batch + "/pause", null), 404, "batch_not_found", "job_");
        (await Json(await scheduler.Client.PostAsync(path + "/cancel", null))).GetProperty("state").GetString()
            .ShouldBeOneOf("cancelling", "cancelled");

        (await EndOf(job.GetProperty("id").GetString()!)).GetProperty("state").GetString().ShouldBe("cancelled");
        await ProblemAsync(
            await scheduler.Client.PostAsync(path + "/cancel", null), 409, "job_not_cancellable", "cancelled");
    }

    [Fact]
    public async Task A_batch_is_no_job()
    {
        var batch = (await scheduler.CreateBatchAsync(1)).GetProperty("id").GetString()!;

        await ProblemAsync(
            await scheduler.Client.GetAsync($"/api/jobs/{batch.Replace("batch_", "job_", StringComparison.Ordinal)}"),
            404,
            "job_not_found",
            "job");
        await ProblemAsync(await scheduler.Client.GetAsync($"/api/jobs/{batch}"), 404, "job_not_found", "job");
        var named = batch.Replace("batch_", "job_", StringComparison.Ordinal);
        foreach (var path in new[] { "", "/events", "/diagnosis", "/shards", "/results" })
        {
            await ProblemAsync(
                await scheduler.Client.GetAsync($"/api/batches/{named}{path}"), 404, "batch_not_found", "job_");
        }

        await ProblemAsync(
            await scheduler.Client.PostAsync($"/api/batches/{named}/pause", null), 404, "batch_not_found", "job_");
        (await scheduler.Client.GetStringAsync("/v1/batches")).ShouldContain(batch);
        (await scheduler.Client.GetStringAsync("/api/jobs")).ShouldNotContain(named);
    }

    private async Task<JsonElement> EndOf(string id)
    {
        JsonElement seen = default;
        await Eventually.Until($"job {id} has ended", async () =>
        {
            seen = await scheduler.GetAsync($"/api/jobs/{id}");
            return seen.GetProperty("ended_at").ValueKind == JsonValueKind.Number;
        });
        return seen;
    }

    private Task<HttpResponseMessage> PostLinesAsync(string lines) => scheduler.Client.PostAsync(
        "/api/jobs", new StringContent(lines, Encoding.UTF8, "application/x-ndjson"));

    private async Task<(long Batches, long Files, long Blobs)> StoredAsync() => (
        await scheduler.ScalarAsync<long>("SELECT count(*) FROM scheduler.batches"),
        await scheduler.ScalarAsync<long>("SELECT count(*) FROM scheduler.files WHERE kind = 0"),
        await scheduler.ScalarAsync<long>("SELECT count(*) FROM scheduler.blob_chunks"));

    private static async Task ProblemAsync(HttpResponseMessage answer, int status, string code, string names)
    {
        var text = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(status, text);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonDocument.Parse(text).RootElement;
        problem.GetProperty("code").GetString().ShouldBe(code, text);
        problem.GetProperty("detail").GetString()!.ShouldContain(names);
    }
}
