using System.Diagnostics;
using System.Net;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

public sealed class DrainTests
{
    [Fact]
    public async Task A_running_stream_ends_whole_while_new_work_is_refused()
    {
        await using var streaming = await StreamingProcess.StartAsync();
        using var running = await streaming.ChatAsync("@sim count tokens=40 delay_ms=25", stream: true);

        var stop = streaming.StopAsync();
        using var refused = await streaming.ChatAsync("@sim count", stream: true);
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
        await using var streaming = await StreamingProcess.StartAsync("--Streaming:DrainTimeout=00:00:00.3");
        using var stream = await streaming.ChatAsync("@sim count tokens=100000 delay_ms=10", stream: true);
        var whole = streaming.ChatAsync("@sim first_ms=600000", stream: false);
        var silent = streaming.ChatAsync("@sim first_ms=600000", stream: true);
        await Eventually.Until("all three are running", () => streaming.ActiveResponses == 3);

        var start = Stopwatch.GetTimestamp();
        var stop = streaming.StopAsync();
        var text = await stream.Content.ReadAsStringAsync();
        using var wholeAnswer = await whole;
        using var silentAnswer = await silent;
        await stop;

        Stopwatch.GetElapsedTime(start).TotalSeconds.ShouldBeLessThan(10);
        SseText.Error(text).GetProperty("code").GetString().ShouldBe("shutting_down");
        wholeAnswer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        silentAnswer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }
}
