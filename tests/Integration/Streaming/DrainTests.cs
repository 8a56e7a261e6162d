using System.Diagnostics;
using System.Net;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>What becomes of responses when their process is asked to stop; on a database of its own.</summary>
public sealed class DrainTests : IAsyncLifetime
{
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task A_running_stream_ends_whole_while_new_work_is_refused()
    {
        await using var streaming = await StartAsync();
        using var running = await streaming.ChatAsync("@sim count tokens=40 delay_ms=25", stream: true);

        var stop = streaming.StopAsync();
        using var refused = await Eventually.Value("new work is refused", async () =>
            await streaming.ChatAsync("@sim count tokens=1", stream: true) is { IsSuccessStatusCode: false } answer
                ? answer
                : null);
        using var ready = await streaming.Client.GetAsync("/healthz/ready");
        var text = await running.Content.ReadAsStringAsync();
        await stop;

        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        (await SseText.ErrorOf(refused)).GetProperty("code").GetString().ShouldBe("shutting_down");
        ready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        SseText.Content(text).ShouldBe(string.Join(' ', Enumerable.Range(0, 40)));
        SseText.Data(text)[^1].ShouldBe("[DONE]");
    }

    [Fact]
    public async Task What_outlasts_the_drain_ends_with_an_error_never_with_a_clean_end()
    {
        await using var streaming = await StartAsync("--Streaming:DrainTimeout=00:00:00.3");
        using var stream = await streaming.ChatAsync("@sim count tokens=100000 delay_ms=10", stream: true);
        var whole = streaming.ChatAsync("@sim first_ms=600000", stream: false);
        var silent = streaming.ChatAsync("@sim first_ms=600000", stream: true);
        var response = StreamingProcess.PostAsync(
            streaming.Client, """{"model":"sluice-sim","input":"@sim count tokens=100000 delay_ms=10"}""", "/v1/responses");
        await Eventually.Until("all four are running", () => streaming.ActiveResponses == 4);

        var start = Stopwatch.GetTimestamp();
        var stop = streaming.StopAsync();
        var text = await stream.Content.ReadAsStringAsync();
        using var wholeAnswer = await whole;
        using var silentAnswer = await silent;
        using var responseAnswer = await response;
        await stop;

        Stopwatch.GetElapsedTime(start).TotalSeconds.ShouldBeLessThan(10);
        SseText.Error(text).GetProperty("code").GetString().ShouldBe("shutting_down");
        wholeAnswer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        silentAnswer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        responseAnswer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        responseAnswer.Headers.RetryAfter.ShouldNotBeNull();
        (await SseText.ErrorOf(responseAnswer)).GetProperty("code").GetString().ShouldBe("shutting_down");
    }

    [Fact]
    public async Task Another_instance_goes_on_with_what_it_can_and_the_reader_stays_where_it_is()
    {
        // What has been said so far is in several rows, and read a row at a time.
        await using var other = await StartAsync("--Log:PageRows=1", "--Log:MaxReplays=1");
        await using var streaming = await StartAsync(
            "--Log:RowInterval=00:00:00.08",
            "--Streaming:DrainNotice=00:00:03",
            "--Inference:Providers:far:BaseUrl=http://127.0.0.1:9/v1",
            "--Inference:Providers:far:Models:0=far-model");
        await streaming.SeesAsync(instances: 2);
        using var running = await streaming.ChatAsync("@sim count tokens=200 delay_ms=10", stream: true);
        var reader = new StreamReader(await running.Content.ReadAsStreamAsync());
        await reader.ReadLineAsync();

        var stop = streaming.StopAsync();
        await Eventually.Until("the other one has it", () => other.ActiveResponses == 1);
        using var refused = await streaming.ChatAsync("what nobody could go on with", stream: true, "far-model");
        var text = await reader.ReadToEndAsync();
        await stop;

        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        (await SseText.ErrorOf(refused)).GetProperty("code").GetString().ShouldBe("shutting_down");
        SseText.Content("id: 0\n" + text).ShouldBe(string.Join(' ', Enumerable.Range(0, 200)));
        SseText.Data("id: 0\n" + text)[^1].ShouldBe("[DONE]");
        (await other.Client.GetStringAsync("/metrics"))
            .ShouldMatch("(?m)^sluice_responses_repeated_tokens_total(\\{.*\\})? [1-9]");
    }

    [Fact]
    public async Task Readers_of_what_was_handed_over_are_reset_at_the_deadline_and_lose_nothing()
    {
        await using var other = await StartAsync();
        await using var streaming = await StartAsync("--Streaming:DrainTimeout=00:00:01");
        await streaming.SeesAsync(instances: 2);
        using var running = await streaming.ChatAsync("@sim count tokens=400 delay_ms=10", stream: true);
        var reader = new StreamReader(await running.Content.ReadAsStreamAsync());
        var id = await SseText.ReadIdAsync(reader);

        var stop = streaming.StopAsync();
        await Should.ThrowAsync<IOException>(reader.ReadToEndAsync);
        await stop;
        using var again = await other.ResumeAsync(id, "-1");

        SseText.Content(await again.Content.ReadAsStringAsync())
            .ShouldBe(string.Join(' ', Enumerable.Range(0, 400)));
    }

    private Task<StreamingProcess> StartAsync(params string[] settings) =>
        StreamingProcess.StartAsync([$"--ConnectionStrings:Postgres={_database.Uri}", .. settings]);
}
