using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Shouldly;
using Sluice.ServiceDefaults.Internal;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

public sealed class ChatStreamingTests : IAsyncLifetime
{
    private StreamingProcess _streaming = null!;

    public async ValueTask InitializeAsync() => _streaming = await StreamingProcess.StartAsync();

    public async ValueTask DisposeAsync() => await _streaming.DisposeAsync();

    [Fact]
    public async Task A_stream_has_the_form_that_clients_expect()
    {
        using var response = await _streaming.PostAsync(
            """
            {"model":"sluice-sim","stream":true,"stream_options":{"include_usage":true},
            "messages":[{"role":"user","content":"@sim count tokens=3"}]}
            """);
        var text = await response.Content.ReadAsStringAsync();

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/event-stream; charset=utf-8");
        response.Headers.CacheControl.ShouldBe(new() { NoCache = true, NoTransform = true });
        response.Headers.GetValues("X-Accel-Buffering").ShouldBe(["no"]);
        var data = SseText.Data(text);
        data[^1].ShouldBe("[DONE]");
        data.Count.ShouldBe(7);
        data[0].ShouldContain("""{"role":"assistant","content":""}""");
        data[4].ShouldContain("\"delta\":{},\"finish_reason\":\"stop\"");
        data[5].ShouldContain("\"choices\":[],\"usage\":{");
        data.Take(5).ShouldAllBe(d => d.Contains("\"usage\":null"));
        SseText.Content(text).ShouldBe("0 1 2");
        text.ShouldEndWith("data: [DONE]\n\n");
        SseText.Chunks(text).Select(c => (c.GetProperty("id").GetString(), c.GetProperty("created").GetInt64()))
            .Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task The_id_is_the_gateways_where_it_gives_a_good_one()
    {
        var id = $"chatcmpl-{Guid.CreateVersion7():N}";
        _streaming.Client.DefaultRequestHeaders.Add(InternalHeaders.ResponseId, id);
        using var given = await _streaming.ChatAsync("@sim count", stream: true);
        _streaming.Client.DefaultRequestHeaders.Remove(InternalHeaders.ResponseId);
        _streaming.Client.DefaultRequestHeaders.Add(InternalHeaders.ResponseId, "chatcmpl-\"x");
        using var refused = await _streaming.ChatAsync("@sim count", stream: false);

        (await given.Content.ReadAsStringAsync()).ShouldContain($"\"id\":\"{id}\"");
        (await refused.Content.ReadAsStringAsync()).ShouldMatch("\"id\":\"chatcmpl-[0-9a-f]{32}\"");
    }

    [Fact]
    public async Task A_whole_answer_is_one_completion()
    {
        const string Message = "@sim hash #17";
        using var response = await _streaming.ChatAsync(Message, stream: false);

        response.Content.Headers.ContentType!.ToString().ShouldBe("application/json");
        (await response.Content.ReadAsStringAsync())
            .ShouldContain(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Message))));
    }

    [Fact]
    public async Task Heartbeats_come_before_the_first_token_and_between_tokens()
    {
        await using var streaming = await StreamingProcess.StartAsync("--Streaming:HeartbeatInterval=00:00:00.1");
        using var response = await streaming.ChatAsync("@sim count tokens=2 first_ms=400 delay_ms=400", stream: true);

        var text = await response.Content.ReadAsStringAsync();

        text.ShouldStartWith(": hb\n");
        text.ShouldNotContain(": hb\n\n");
        text[text.IndexOf("\"content\":\"0\"", StringComparison.Ordinal)..].ShouldContain("\n\n: hb\n");
        SseText.Content(text).ShouldBe("0 1");
        SseText.Data(text)[^1].ShouldBe("[DONE]");
    }

    [Fact]
    public async Task A_failure_after_a_heartbeat_is_an_error_event()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        await using var streaming = await StreamingProcess.WithProviderAsync(
            simulator.Address,
            "--Streaming:HeartbeatInterval=00:00:00.1",
            "--Inference:Providers:far:FirstTokenTimeout=00:00:00.6");

        using var response = await streaming.ChatAsync("@sim first_ms=60000", stream: true, "far-model");
        var text = await response.Content.ReadAsStringAsync();

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        SseText.Error(text).GetProperty("code").GetString().ShouldBe("upstream_timeout");
    }

    [Fact]
    public async Task A_cut_in_mid_stream_ends_with_an_error_event()
    {
        using var response = await _streaming.ChatAsync("@sim count tokens=50 fail_after=20", stream: true);
        var text = await response.Content.ReadAsStringAsync();

        SseText.Error(text).GetProperty("code").GetString().ShouldBe("upstream_error");
        SseText.Data(text).Count.ShouldBe(1 + 20 + 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_leaves_cancels_upstream_after_the_resume_window(bool stream)
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        await using var streaming = await StreamingProcess.WithProviderAsync(
            simulator.Address, "--Streaming:ResumeWindow=00:00:00.1");
        using var leave = new CancellationTokenSource();
        var call = streaming.ChatAsync("@sim first_ms=60000", stream, "far-model", leave.Token);
        await Eventually.Until("the call is running", async () => await simulator.StatAsync("active") == 1);

        var left = Stopwatch.GetTimestamp();
        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => call);
        await Eventually.Until("the call is aborted", async () => await simulator.StatAsync("aborted") == 1);

        Stopwatch.GetElapsedTime(left).TotalMilliseconds.ShouldBeLessThan(1_000);
        (await simulator.StatAsync("active")).ShouldBe(0);
    }

    [Fact]
    public async Task A_client_that_leaves_in_mid_stream_cancels_upstream_at_once_without_a_resume_window()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        await using var streaming = await StreamingProcess.WithProviderAsync(
            simulator.Address, "--Streaming:ResumeWindow=00:00:00");
        var response = await streaming.ChatAsync("@sim count tokens=10000 delay_ms=5", stream: true, "far-model");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync()).ShouldBe("id: 0");

        response.Dispose();

        await Eventually.Until("the call is aborted", async () => await simulator.StatAsync("aborted") == 1);
    }

    [Fact]
    public async Task More_responses_than_the_bound_get_503()
    {
        await using var streaming = await StreamingProcess.StartAsync(
            "--Streaming:MaxActiveResponses=1", "--Streaming:QueueLength=0", "--Streaming:ResumeWindow=00:00:00");
        using var first = await streaming.ChatAsync("@sim count tokens=100000 delay_ms=5", stream: true);
        using var second = await streaming.ChatAsync("@sim count", stream: true);

        second.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        second.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        (await SseText.ErrorOf(second)).GetProperty("code").GetString().ShouldBe("at_capacity");
        first.Dispose();
        await Eventually.Until("the place is free again", async () =>
        {
            using var third = await streaming.ChatAsync("@sim count", stream: true);
            return third.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task A_thousand_streams_at_once_all_arrive_whole()
    {
        var expected = string.Join(' ', Enumerable.Range(0, 20));

        var texts = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(async _ =>
        {
            using var response = await _streaming.ChatAsync("@sim count tokens=20 delay_ms=10", stream: true);
            return await response.Content.ReadAsStringAsync();
        }));

        texts.ShouldAllBe(t => SseText.Content(t) == expected && t.EndsWith("data: [DONE]\n\n"));
    }
}
