using System.Net;
using System.Text;
using System.Text.Json;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>What the durability levels promise, by provider and by request.</summary>
public sealed class DurabilityTests : IAsyncLifetime
{
    private SimulatorProcess _simulator = null!;
    private StreamingProcess _streaming = null!;

    public async ValueTask InitializeAsync()
    {
        _simulator = await SimulatorProcess.StartAsync();
        _streaming = await StreamingProcess.WithProviderAsync(
            _simulator.Address, "--Inference:Providers:far:Durability=None", "--Log:MaxWindowBytes=65536");
    }

    public async ValueTask DisposeAsync()
    {
        await _streaming.DisposeAsync();
        await _simulator.DisposeAsync();
    }

    [Fact]
    public async Task Without_the_log_a_stream_is_whole_and_then_gone()
    {
        using var answer = await _streaming.ChatAsync("@sim count tokens=5000", stream: true, "far-model");
        var text = await answer.Content.ReadAsStringAsync();
        using var again = await _streaming.ResumeAsync(SseText.IdOf(text), "-1");

        SseText.Content(text).ShouldBe(string.Join(' ', Enumerable.Range(0, 5_000)));
        text.ShouldEndWith("data: [DONE]\n\n");
        again.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Without_the_log_a_slow_reader_gets_everything_and_slows_its_provider()
    {
        using var client = _streaming.NewClient(withSecret: true, receiveBytes: 4_096);
        using var answer = await StreamingProcess.PostAsync(
            client,
            """
            {"model":"far-model","stream":true,"n":8,"messages":[{"role":"user","content":"@sim count tokens=9000"}]}
            """);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var head = await reader.ReadLineAsync();
        await Eventually.Until("no more is read from the provider", () => _streaming.Held >= 65_536);

        var rest = await reader.ReadToEndAsync();

        SseText.Content(head + "\n" + rest).ShouldBe(string.Join(' ', Enumerable.Range(0, 9_000)));
    }

    [Fact]
    public async Task Without_the_log_a_token_larger_than_the_window_stops_nothing()
    {
        var large = new string('x', 2 * 65_536);
        var chunks = string.Concat(((string[])["a", large, "b", large, "c"]).Select(text =>
            $$$"""data: {"id":"x","created":5,"choices":[{"index":0,"delta":{"content":"{{{text}}}"}}]}""" + "\n\n"));
        await using var provider = new CutProvider(
            Encoding.UTF8.GetBytes(
                $"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{chunks}"
                + """data: {"id":"x","created":5,"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"""
                + "\n\ndata: [DONE]\n\n"),
            CutEnding.Close);
        await using var streaming = await StreamingProcess.WithProviderAsync(
            provider.Address, "--Inference:Providers:far:Durability=None", "--Log:MaxWindowBytes=65536");

        // Heartbeats keep a stream that stands still from ending by itself.
        using var answer = await streaming.ChatAsync("hello", stream: true, "far-model");
        var text = await answer.Content.ReadAsStringAsync().WaitAsync(TimeSpan.FromSeconds(30));

        SseText.Content(text).ShouldBe($"a{large}b{large}c");
        text.ShouldEndWith("data: [DONE]\n\n");
    }

    [Fact]
    public async Task Without_the_log_it_cannot_be_joined_and_ends_with_its_reader()
    {
        using var answer = await _streaming.ChatAsync("@sim count tokens=9999 delay_ms=5", stream: true, "far-model");
        var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        await reader.ReadLineAsync();
        var id = SseText.IdOf(await reader.ReadLineAsync() + "\n");
        using var joined = await _streaming.ResumeAsync(id, "-1");

        answer.Dispose();

        joined.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await SseText.ErrorOf(joined)).GetProperty("code").GetString().ShouldBe("response_not_resumable");
        await Eventually.Until("the call is aborted", async () => await _simulator.StatAsync("aborted") == 1);
    }

    [Fact]
    public async Task Without_the_log_it_can_be_cancelled_by_its_tenant()
    {
        using var chat = await _streaming.ChatAsync("@sim count tokens=9999 delay_ms=5", stream: true, "far-model");
        var completion = new StreamReader(await chat.Content.ReadAsStreamAsync());
        using var created = await StreamingProcess.PostAsync(
            _streaming.Client,
            """{"model":"far-model","input":"@sim count tokens=9999 delay_ms=6","stream":true}""",
            "/v1/responses");
        var response = new StreamReader(await created.Content.ReadAsStreamAsync());
        var start = await SseText.ReadFramesAsync(response, 6);
        var id = JsonElement.Parse(SseText.Data(start)[0]).GetProperty("response").GetProperty("id").GetString();
        var other = await SseText.ReadIdAsync(completion);
        using var stranger = _streaming.NewClient(withSecret: true, tenant: "other");

        using var foreign = await stranger.DeleteAsync($"/api/streams/{other}");
        using var deleted = await _streaming.Client.DeleteAsync($"/api/streams/{other}");
        using var cancelled = await _streaming.Client.PostAsync($"/v1/responses/{id}/cancel", null);
        var told = await SseText.JsonOf(cancelled);

        foreign.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        deleted.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        SseText.Error("data: {}\n" + await completion.ReadToEndAsync())
            .GetProperty("code").GetString().ShouldBe("response_cancelled");
        told.GetProperty("status").GetString().ShouldBe("cancelled");
        var last = JsonElement.Parse(SseText.Data(await response.ReadToEndAsync())[^1]);
        last.GetProperty("response").GetRawText().ShouldBe(told.GetRawText());
        await Eventually.Until("both calls are aborted", async () => await _simulator.StatAsync("aborted") == 2);
    }

    [Theory]
    [InlineData("before-delivery", HttpStatusCode.OK)]
    [InlineData("none", HttpStatusCode.NotFound)]
    public async Task A_request_chooses_for_itself(string level, HttpStatusCode later)
    {
        _streaming.Client.DefaultRequestHeaders.Add("Sluice-Durability", level);
        var model = level == "none" ? "sluice-sim" : "far-model";

        using var answer = await _streaming.ChatAsync("@sim count tokens=5", stream: true, model);
        var text = await answer.Content.ReadAsStringAsync();
        using var again = await _streaming.ResumeAsync(SseText.IdOf(text), "-1");

        SseText.Content(text).ShouldBe("0 1 2 3 4");
        again.StatusCode.ShouldBe(later);
    }

    [Fact]
    public async Task Another_level_is_refused()
    {
        _streaming.Client.DefaultRequestHeaders.Add("Sluice-Durability", "always");

        using var answer = await _streaming.ChatAsync("@sim count tokens=5", stream: true);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await SseText.ErrorOf(answer)).GetProperty("param").GetString().ShouldBe("Sluice-Durability");
    }
}
