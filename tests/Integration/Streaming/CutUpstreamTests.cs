using System.Net;
using System.Text;
using Shouldly;
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
    [InlineData(CutEnding.Close)]
    [InlineData(CutEnding.Reset)]
    public async Task A_stream_cut_at_any_byte_never_looks_complete(CutEnding ending)
    {
        var whole = Encoding.UTF8.GetBytes(Head + Stream);
        var firstContent = Encoding.UTF8.GetByteCount(Head + Role + Content[..^20]);
        for (var cut = 0; cut < whole.Length - 1; cut += 7)
        {
            await using var provider = new CutProvider(whole[..cut], ending);
            await using var streaming = await StreamingProcess.WithProviderAsync(provider.Address);
            using var response = await streaming.ChatAsync("hello", stream: true, "far-model");

            if (cut < firstContent)
            {
                response.StatusCode.ShouldBe(HttpStatusCode.BadGateway, $"cut at {cut}");
                (await SseText.ErrorOf(response)).GetProperty("code").GetString().ShouldBe("upstream_error");
            }
            else if (response.StatusCode == HttpStatusCode.OK)
            {
                var text = await response.Content.ReadAsStringAsync();
                SseText.Error(text).GetProperty("code").GetString().ShouldBe("upstream_error", $"cut at {cut}");
            }
            else
            {
                response.StatusCode.ShouldBe(HttpStatusCode.BadGateway, $"cut at {cut}");
            }
        }
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
