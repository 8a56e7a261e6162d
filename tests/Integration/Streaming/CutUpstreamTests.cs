using System.Net;
using System.Text;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

public sealed class CutUpstreamTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

    private const string Chunk = "data: {\"id\":\"up-1\",\"object\":\"chat.completion.chunk\",\"created\":5,"
        + "\"model\":\"real\",\"choices\":[{\"index\":0,";

    private const string Role =
        Chunk + "\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n";

    private const string Content =
        Chunk + "\"delta\":{\"content\":\"grüße\"},\"finish_reason\":null}],\"x_new\":{\"a\":[1]}}\n\n";

    private const string Stream =
        Role + Content + Chunk + "\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    [Theory]
    [InlineData(CutEnding.Close, 1)]
    [InlineData(CutEnding.Reset, 7)]
    public async Task A_stream_cut_at_any_byte_never_looks_complete_and_its_log_says_what_its_reader_saw(
        CutEnding ending, int step)
    {
        var whole = Encoding.UTF8.GetBytes(Head + Stream);
        var firstContent = Encoding.UTF8.GetByteCount(Head + Role + Content[..^20]);
        await using var database = await PostgresDatabase.CreateAsync();
        await using var provider = new CutProvider(whole, ending);
        await using var streaming = await StreamingProcess.WithProviderAsync(
            provider.Address,
            "--Inference:Providers:far:Circuit:Enabled=false",
            $"--ConnectionStrings:Postgres={database.Uri}");
        var (begun, refused) = (0, 0);
        for (provider.Cut = 0; provider.Cut < whole.Length - 1; provider.Cut += step)
        {
            var why = $"cut at {provider.Cut} of {whole.Length}";
            using var response = await streaming.ChatAsync("hello", stream: true, "far-model");
            if (response.StatusCode != HttpStatusCode.OK)
            {
                refused++;
                response.StatusCode.ShouldBe(HttpStatusCode.BadGateway, why);
                (await SseText.ErrorOf(response)).GetProperty("code").GetString().ShouldBe("upstream_error", why);
                continue;
            }

            begun++;
            provider.Cut.ShouldBeGreaterThanOrEqualTo(firstContent);
            var text = await response.Content.ReadAsStringAsync();
            SseText.Error(text).GetProperty("code").GetString().ShouldBe("upstream_error", why);
            using var again = await streaming.ResumeAsync(SseText.IdOf(text), "-1");
            (await again.Content.ReadAsStringAsync()).ShouldBe(text, why);
        }

        begun.ShouldBeGreaterThan(5);
        refused.ShouldBeGreaterThan(5);
        (await database.ScalarAsync("SELECT count(*) FROM streaming.responses WHERE state = 'failed'"))
            .ShouldBe((long)begun);
        (await database.ScalarAsync("SELECT count(*) FROM streaming.responses")).ShouldBe((long)begun);
    }

    [Fact]
    public async Task A_stream_in_single_bytes_arrives_whole_with_unknown_fields_and_our_names()
    {
        var bytes = Encoding.UTF8.GetBytes(Head + Stream);
        await using var provider = new CutProvider(bytes, CutEnding.Close, chunkBytes: 1);
        await using var streaming = await StreamingProcess.WithProviderAsync(provider.Address);

        using var response = await streaming.PostAsync(
            """
            {"model":"far-model","stream":true,"messages":[{"role":"user","content":"a"}],"x_unknown":[1,{"b":2}]}
            """);
        var text = await response.Content.ReadAsStringAsync();

        provider.LastRequest.ShouldContain("\"x_unknown\":[1,{\"b\":2}]");
        provider.LastRequest.ShouldStartWith("POST /v1/chat/completions HTTP/1.1");
        SseText.Content(text).ShouldBe("grüße");
        text.ShouldContain("\"x_new\":{\"a\":[1]}");
        text.ShouldNotContain("up-1");
        SseText.Chunks(text).ShouldAllBe(c => c.GetProperty("model").GetString() == "far-model"
            && c.GetProperty("created").GetInt64() == 5);
        SseText.Data(text)[^1].ShouldBe("[DONE]");
    }

    [Theory]
    [InlineData("data: {\"error\":{\"message\":\"overloaded\"}}\n\n")]
    [InlineData("data: not json\n\n")]
    [InlineData("data: [DONE]\n\n")]
    [InlineData("data: {\"choices\":7}\n\n")]
    [InlineData("<html>busy</html>")]
    public async Task Garbage_before_the_first_token_is_502(string garbage)
    {
        await using var provider = new CutProvider(Encoding.UTF8.GetBytes(Head + garbage), CutEnding.Close);
        await using var streaming = await StreamingProcess.WithProviderAsync(provider.Address);

        using var response = await streaming.ChatAsync("hello", stream: true, "far-model");

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        (await SseText.ErrorOf(response)).GetProperty("code").GetString().ShouldBe("upstream_error");
    }

    [Theory]
    [InlineData("{\"choices\":[],\"id\":\"a\"")]
    [InlineData("{\"id\":\"a\"}")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task A_whole_answer_that_is_none_is_502(string body)
    {
        const string JsonHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";
        await using var provider = new CutProvider(Encoding.UTF8.GetBytes(JsonHead + body), CutEnding.Close);
        await using var streaming = await StreamingProcess.WithProviderAsync(provider.Address);

        using var response = await streaming.ChatAsync("hello", stream: false, "far-model");

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
    }

    [Fact]
    public async Task An_endless_line_is_refused_at_its_bound()
    {
        var answer = Encoding.UTF8.GetBytes(Head + "data: {\"a\":\"" + new string('x', 100_000));
        await using var provider = new CutProvider(answer, CutEnding.Silence);
        await using var streaming = await StreamingProcess.WithProviderAsync(
            provider.Address, "--Inference:Providers:far:MaxLineBytes=10000");

        using var response = await streaming.ChatAsync("hello", stream: true, "far-model");

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Silence_before_the_first_token_is_504(bool stream)
    {
        var begun = Encoding.UTF8.GetBytes(stream ? Head + ": wait\n\n" : "");
        await using var provider = new CutProvider(begun, CutEnding.Silence);
        await using var streaming = await StreamingProcess.WithProviderAsync(
            provider.Address,
            "--Inference:Providers:far:FirstTokenTimeout=00:00:00.2",
            "--Inference:Providers:far:CompletionTimeout=00:00:00.2");

        using var response = await streaming.ChatAsync("hello", stream, "far-model");

        response.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        (await SseText.ErrorOf(response)).GetProperty("code").GetString().ShouldBe("upstream_timeout");
    }

    [Fact]
    public async Task Silence_between_tokens_is_an_error_event()
    {
        await using var provider = new CutProvider(Encoding.UTF8.GetBytes(Head + Role + Content), CutEnding.Silence);
        await using var streaming = await StreamingProcess.WithProviderAsync(
            provider.Address, "--Inference:Providers:far:GapTimeout=00:00:00.2");

        using var response = await streaming.ChatAsync("hello", stream: true, "far-model");
        var text = await response.Content.ReadAsStringAsync();

        SseText.Content(text[..text.LastIndexOf("data: ", StringComparison.Ordinal)]).ShouldBe("grüße");
        SseText.Error(text).GetProperty("code").GetString().ShouldBe("upstream_timeout");
    }
}
