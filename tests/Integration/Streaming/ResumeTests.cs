using System.Net;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

public sealed class ResumeTests : IAsyncLifetime
{
    private SimulatorProcess _simulator = null!;
    private StreamingProcess _streaming = null!;

    public async ValueTask InitializeAsync()
    {
        _simulator = await SimulatorProcess.StartAsync();
        _streaming = await StreamingProcess.WithProviderAsync(
            _simulator.Address, "--Log:CompactInterval=00:00:00.05", "--Log:CompactedRowBytes=4096");
    }

    public async ValueTask DisposeAsync()
    {
        await _streaming.DisposeAsync();
        await _simulator.DisposeAsync();
    }

    [Fact]
    public async Task Cut_after_any_event_the_rest_is_the_same_bytes_also_when_compacted()
    {
        var (id, whole) = await StreamedAsync("@sim count tokens=30 delay_ms=2");
        var frames = SseText.Frames(whole);

        frames.Count.ShouldBe(33);
        for (var seen = -1; seen < frames.Count; seen++)
        {
            var rest = await (await _streaming.ResumeAsync(id, $"{seen}")).Content.ReadAsStringAsync();
            rest.ShouldBe(string.Concat(frames.Skip(seen + 1)), $"after event {seen}");
            await Eventually.Until("it is compacted", () => StreamingProcess.IsCompactedAsync(id));
        }
    }

    [Fact]
    public async Task A_reader_that_was_cut_goes_on_where_it_was_with_one_call_upstream()
    {
        var (id, first) = await CutAsync("@sim count tokens=300 delay_ms=3", events: 40);
        var last = SseText.Frames(first).Count - 1;

        var rest = await (await _streaming.ResumeAsync(id, $"{last}")).Content.ReadAsStringAsync();

        SseText.Content(first + rest).ShouldBe(string.Join(' ', Enumerable.Range(0, 300)));
        SseText.Ids(first + rest).ShouldBe(Enumerable.Range(0, 303).Select(n => $"{n}"));
        (await _simulator.StatAsync("calls")).ShouldBe(1);
    }

    [Fact]
    public async Task Another_instance_serves_a_running_response_to_its_end()
    {
        await using var other = await StreamingProcess.StartAsync("--Log:PollInterval=00:00:00.02");
        using var answer = await _streaming.ChatAsync("@sim count tokens=100 delay_ms=5", stream: true, "far-model");
        var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var id = SseText.IdOf(await SseText.ReadFramesAsync(reader, 5));

        var there = await (await other.ResumeAsync(id, "-1")).Content.ReadAsStringAsync();

        SseText.Content(there).ShouldBe(string.Join(' ', Enumerable.Range(0, 100)));
        there.ShouldEndWith("data: [DONE]\n\n");
    }

    [Fact]
    public async Task A_thousand_readers_of_one_response_see_the_same()
    {
        using var answer = await _streaming.ChatAsync("@sim count tokens=200 delay_ms=5", stream: true, "far-model");
        var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var start = await SseText.ReadFramesAsync(reader, 3);
        var id = SseText.IdOf(start);

        var texts = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(async n =>
            await (await _streaming.ResumeAsync(id, $"{(n % 3) - 1}")).Content.ReadAsStringAsync()));

        var whole = start + await reader.ReadToEndAsync();
        var frames = SseText.Frames(whole);
        texts.Select((text, n) => text == string.Concat(frames.Skip(n % 3))).ShouldAllBe(same => same);
        (await _simulator.StatAsync("calls")).ShouldBe(1);
    }

    [Fact]
    public async Task A_reader_behind_the_memory_goes_on_from_the_database()
    {
        await using var streaming = await StreamingProcess.StartAsync(
            "--Log:MaxWindowBytes=32768", "--Log:PageRows=50", "--Streaming:WriteTimeout=00:01:00");
        using var answer = await streaming.ChatAsync("@sim count tokens=5000 delay_ms=1", stream: true);
        var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var start = await SseText.ReadFramesAsync(reader, 3);
        await Eventually.Until(
            "the beginning has left memory",
            () => streaming.FirstInMemory(SseText.IdOf(start)) > 1_000);

        var late = await (await streaming.ResumeAsync(SseText.IdOf(start), "-1")).Content.ReadAsStringAsync();

        late.ShouldBe(start + await reader.ReadToEndAsync());
        SseText.Content(late).ShouldBe(string.Join(' ', Enumerable.Range(0, 5_000)));
    }

    [Fact]
    public async Task Without_a_reader_the_response_is_cancelled_and_says_so()
    {
        await using var streaming = await StreamingProcess.WithProviderAsync(
            _simulator.Address, "--Streaming:ResumeWindow=00:00:00.1");
        string id;
        using (var answer = await streaming.ChatAsync("@sim count tokens=99999 delay_ms=5", stream: true, "far-model"))
        {
            var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
            id = SseText.IdOf(await SseText.ReadFramesAsync(reader, 3));
        }

        await Eventually.Until("the call is aborted", async () => await _simulator.StatAsync("aborted") == 1);
        var text = await (await streaming.ResumeAsync(id, "-1")).Content.ReadAsStringAsync();

        SseText.Error(text).GetProperty("code").GetString().ShouldBe("response_cancelled");
        SseText.Content(text).ShouldStartWith("0 1 2");
    }

    [Theory]
    [InlineData("-2")]
    [InlineData("abc")]
    [InlineData("1.5")]
    [InlineData("+1")]
    [InlineData("99")]
    [InlineData("99999999999999999999")]
    public async Task A_position_that_is_none_is_refused(string position)
    {
        var (id, _) = await StreamedAsync("@sim count tokens=3");

        using var answer = await _streaming.ResumeAsync(id, position);
        using var query = await _streaming.Client.GetAsync(
            $"/v1/chat/completions/{id}?stream=true&starting_after={Uri.EscapeDataString(position)}");
        using var empty = await _streaming.Client.GetAsync($"/v1/chat/completions/{id}?stream=true&starting_after=");

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await SseText.ErrorOf(answer)).GetProperty("code").GetString().ShouldBe("invalid_position");
        (await SseText.ErrorOf(query)).GetProperty("param").GetString().ShouldBe("starting_after");
        (await SseText.ErrorOf(empty)).GetProperty("param").GetString().ShouldBe("starting_after");
    }

    [Fact]
    public async Task Nothing_comes_after_the_end()
    {
        var (id, whole) = await StreamedAsync("@sim count tokens=3");

        using var answer = await _streaming.ResumeAsync(id, $"{SseText.Frames(whole).Count - 1}");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_unknown_foreign_or_expired_is_not_found()
    {
        var (id, _) = await StreamedAsync("@sim count tokens=3");
        using var foreigner = _streaming.NewClient(withSecret: true, tenant: "other");
        var old = $"chatcmpl-{Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddYears(50)):N}";

        using var foreign = await foreigner.GetAsync($"/v1/chat/completions/{id}?stream=true");
        using var unknown = await _streaming.ResumeAsync($"chatcmpl-{Guid.CreateVersion7():N}", "-1");
        using var odd = await _streaming.ResumeAsync("nonsense", "-1");
        using var expired = await _streaming.ResumeAsync(old, "-1");

        foreach (var answer in (HttpResponseMessage[])[foreign, unknown, odd])
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await SseText.ErrorOf(answer)).GetProperty("code").GetString().ShouldBe("response_not_found");
        }

        (await SseText.ErrorOf(expired)).GetProperty("code").GetString().ShouldBe("response_expired");
    }

    [Fact]
    public async Task A_finished_completion_is_one_object()
    {
        var (id, _) = await StreamedAsync("@sim count tokens=5");
        using var plain = await _streaming.ChatAsync("@sim count tokens=5", stream: false, "far-model");

        using var answer = await _streaming.Client.GetAsync($"/v1/chat/completions/{id}");
        var completion = await SseText.JsonOf(answer);
        var expected = await SseText.JsonOf(plain);

        completion.GetProperty("id").GetString().ShouldBe(id);
        completion.GetProperty("object").GetString().ShouldBe("chat.completion");
        var choice = completion.GetProperty("choices")[0];
        choice.GetProperty("message").GetProperty("content").GetString()
            .ShouldBe(expected.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        choice.GetProperty("message").GetProperty("role").GetString().ShouldBe("assistant");
        choice.GetProperty("finish_reason").GetString().ShouldBe("stop");
    }

    [Fact]
    public async Task A_completion_that_runs_or_failed_is_no_object()
    {
        using var running = await _streaming.ChatAsync("@sim count tokens=999 delay_ms=20", stream: true, "far-model");
        var start = await SseText.ReadFramesAsync(new StreamReader(await running.Content.ReadAsStreamAsync()), 2);
        var (failed, _) = await StreamedAsync("@sim count tokens=9 fail_after=4");

        using var early = await _streaming.Client.GetAsync($"/v1/chat/completions/{SseText.IdOf(start)}");
        using var broken = await _streaming.Client.GetAsync($"/v1/chat/completions/{failed}");

        early.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await SseText.ErrorOf(early)).GetProperty("code").GetString().ShouldBe("response_running");
        broken.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        (await SseText.ErrorOf(broken)).GetProperty("code").GetString().ShouldBe("upstream_error");
    }

    private async Task<(string Id, string Text)> StreamedAsync(string message)
    {
        using var answer = await _streaming.ChatAsync(message, stream: true, "far-model");
        var text = await answer.Content.ReadAsStringAsync();
        return (SseText.IdOf(text), text);
    }

    /// <summary>Reads some events and then drops the connection.</summary>
    private async Task<(string Id, string Text)> CutAsync(string message, int events)
    {
        using var answer = await _streaming.ChatAsync(message, stream: true, "far-model");
        var text = await SseText.ReadFramesAsync(new StreamReader(await answer.Content.ReadAsStreamAsync()), events);
        return (SseText.IdOf(text), text);
    }
}
