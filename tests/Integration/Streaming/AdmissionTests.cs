using System.Diagnostics;
using System.Net;
using System.Text;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>What becomes of requests that find all places taken.</summary>
public sealed class AdmissionTests
{
    private const string Endless = "@sim count tokens=100000 delay_ms=5";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_without_a_place_waits_for_one_and_then_runs(bool stream)
    {
        await using var streaming = await StartAsync();
        var running = await streaming.ChatAsync(Endless, stream: true);
        var waiting = streaming.ChatAsync("@sim count tokens=3", stream);
        await Eventually.Until("it waits", () => streaming.Waiting == 1);

        running.Dispose();
        using var answer = await waiting;

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var text = await answer.Content.ReadAsStringAsync();
        (stream ? SseText.Content(text) : text).ShouldContain("0 1 2");
        await Eventually.Until("its place is free again", () => streaming.ActiveResponses == 0);
    }

    [Fact]
    public async Task One_more_than_the_queue_takes_is_refused_at_once()
    {
        await using var streaming = await StartAsync("--Streaming:QueueLength=1");
        var running = await streaming.ChatAsync(Endless, stream: true);
        var waiting = streaming.ChatAsync("@sim count tokens=3", stream: true);
        await Eventually.Until("it waits", () => streaming.Waiting == 1);

        var start = Stopwatch.GetTimestamp();
        using var refused = await streaming.ChatAsync("@sim count", stream: true);
        var elapsed = Stopwatch.GetElapsedTime(start);

        await ShouldBeRefusedAsync(refused, "at_capacity");
        elapsed.TotalSeconds.ShouldBeLessThan(1, "the queue's deadline is a minute");
        running.Dispose();
        using var answer = await waiting;
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var metrics = await streaming.Client.GetStringAsync("/metrics");
        metrics.ShouldContain("sluice_admission_refused");
        metrics.ShouldContain("sluice_admission_wait");
    }

    [Fact]
    public async Task Who_has_waited_too_long_is_refused()
    {
        await using var streaming = await StartAsync("--Streaming:QueueTimeout=00:00:00.2");
        using var running = await streaming.ChatAsync(Endless, stream: true);

        using var refused = await streaming.ChatAsync("@sim count", stream: true);

        await ShouldBeRefusedAsync(refused, "at_capacity");
        streaming.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task A_client_that_leaves_frees_its_place_in_the_queue()
    {
        await using var streaming = await StartAsync("--Streaming:QueueLength=1");
        var running = await streaming.ChatAsync(Endless, stream: true);
        using var leave = new CancellationTokenSource();
        var leaving = streaming.ChatAsync("@sim count", stream: true, cancellation: leave.Token);
        await Eventually.Until("it waits", () => streaming.Waiting == 1);

        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => leaving);
        await Eventually.Until("it has left", () => streaming.Waiting == 0);

        var next = streaming.ChatAsync("@sim count tokens=3", stream: true);
        await Eventually.Until("the next one waits", () => streaming.Waiting == 1);
        running.Dispose();
        using var answer = await next;
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_drain_refuses_those_who_wait_and_lets_the_running_one_end()
    {
        await using var streaming = await StartAsync();
        using var running = await streaming.ChatAsync(
            "@sim count tokens=60 delay_ms=20", stream: true);
        var waiting = streaming.ChatAsync("@sim count", stream: true);
        await Eventually.Until("it waits", () => streaming.Waiting == 1);

        var stop = streaming.StopAsync();
        using var refused = await waiting;
        var text = await running.Content.ReadAsStringAsync();
        await stop;

        await ShouldBeRefusedAsync(refused, "shutting_down");
        SseText.Data(text)[^1].ShouldBe("[DONE]");
    }

    [Fact]
    public async Task Bodies_that_wait_do_not_hold_up_those_that_are_read()
    {
        await using var streaming = await StartAsync("--Streaming:QueueLength=60");
        var running = await streaming.ChatAsync(Endless, stream: true);
        using var gateway = streaming.NewClient(withSecret: true);
        gateway.BaseAddress = streaming.Http2Address;
        var message = $"@sim count tokens=3 {new string('x', 600_000)}";
        var body = $$"""{"model":"sluice-sim","messages":[{"role":"user","content":"{{message}}"}]}""";
        var waiting = Enumerable.Range(0, 40).Select(_ => PostAsync(gateway, body)).ToList();
        await Eventually.Until("all of them wait", () => streaming.Waiting == 40);

        running.Dispose();
        var answers = await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(30));

        answers.ShouldAllBe(status => status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Of_ten_times_too_many_the_places_are_always_taken_and_the_rest_is_told_so()
    {
        await using var streaming = await StartAsync(
            "--Streaming:MaxActiveResponses=5", "--Streaming:QueueLength=10");

        var answers = await Task.WhenAll(Enumerable.Range(0, 150).Select(async _ =>
        {
            using var response = await streaming.ChatAsync("@sim count tokens=3 first_ms=300", stream: false);
            return (response.StatusCode, response.Headers.RetryAfter);
        }));

        answers.Count(a => a.StatusCode == HttpStatusCode.OK).ShouldBeGreaterThanOrEqualTo(13);
        answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.OK
            || (a.StatusCode == HttpStatusCode.ServiceUnavailable && a.RetryAfter != null));
        (streaming.Waiting, streaming.ActiveResponses).ShouldBe((0, 0));
    }

    [Fact]
    public async Task A_creation_without_a_place_for_its_reader_calls_no_provider()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        await using var streaming = await StreamingProcess.WithProviderAsync(
            simulator.Address, "--Streaming:MaxReaders=1", "--Streaming:ResumeWindow=00:10:00");
        using var running = await streaming.ChatAsync(Endless, stream: true);

        using var chat = await streaming.ChatAsync("@sim count", stream: true, "far-model");
        await ShouldBeRefusedAsync(chat, "too_many_readers");
        foreach (var background in (string[])["false", "true"])
        {
            using var refused = await StreamingProcess.PostAsync(
                streaming.Client,
                $$"""{"model":"far-model","input":"hello","stream":true,"background":{{background}}}""",
                "/v1/responses");
            await ShouldBeRefusedAsync(refused, "too_many_readers");
        }

        using var socket = await SocketClient.OpenAsync(streaming);
        await socket.CreateAsync("@sim count", model: "far-model");
        var error = (await socket.ReadEventsAsync()).ShouldHaveSingleItem();

        error.GetProperty("error").GetProperty("code").GetString().ShouldBe("too_many_readers");
        (await simulator.StatAsync("calls")).ShouldBe(0);
        streaming.ActiveResponses.ShouldBe(1);
    }

    private static async Task<HttpStatusCode> PostAsync(HttpClient client, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task ShouldBeRefusedAsync(HttpResponseMessage response, string code)
    {
        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        (await SseText.ErrorOf(response)).GetProperty("code").GetString().ShouldBe(code);
    }

    private static Task<StreamingProcess> StartAsync(params string[] settings) => StreamingProcess.StartAsync(
    [
        "--Streaming:MaxActiveResponses=1",
        "--Streaming:QueueTimeout=00:01:00",
        "--Streaming:ResumeWindow=00:00:00",
        .. settings,
    ]);
}
