using System.Text;
using System.Text.Json;
using Shouldly;
using Sluice.Inference.Chat;
using Sluice.Inference.OpenAiCompatible;
using Xunit;

namespace Sluice.Tests.Unit.Inference;

public sealed class ChunkRewriterTests
{
    private const string Head =
        "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":5,\"model\":\"sluice-sim\"";

    [Fact]
    public void Our_names_stand_in_place_of_theirs_and_all_else_is_copied()
    {
        var chunk = Rewrite(
            """
            {"model":"m","x":{"id":"kept"},"created":5,"id":"up","choices":[{"delta":{"content":"a"}}],"object":"o"}
            """);

        chunk.Text.ShouldBe(Head + ""","x":{"id":"kept"},"choices":[{"delta":{"content":"a"}}]}""");
        chunk.Parts.ShouldBe(ChatChunkParts.Content);
    }

    [Theory]
    [InlineData("""{"role":"assistant","content":""}""", ChatChunkParts.Role)]
    [InlineData("""{"role":"assistant","content":null,"refusal":null}""", ChatChunkParts.Role)]
    [InlineData("""{"role":"assistant","content":"a"}""", ChatChunkParts.Role | ChatChunkParts.Content)]
    [InlineData("""{"tool_calls":[{"index":0}]}""", ChatChunkParts.Content)]
    [InlineData("""{"reasoning_content":"a"}""", ChatChunkParts.Content)]
    [InlineData("{}", ChatChunkParts.None)]
    public void What_a_delta_carries_is_told(string delta, ChatChunkParts expected) =>
        Rewrite($$"""{"created":5,"choices":[{"delta":{{delta}},"finish_reason":null}]}""").Parts.ShouldBe(expected);

    [Fact]
    public void The_finish_reason_is_told() =>
        Rewrite("""{"created":5,"choices":[{"delta":{},"finish_reason":"stop"}]}""")
            .Parts.ShouldBe(ChatChunkParts.Finish);

    [Fact]
    public void Usage_comes_through_only_when_asked_for()
    {
        const string Chunk = """{"created":5,"choices":[],"usage":{"total_tokens":3}}""";
        const string Both = """{"created":5,"choices":[{"delta":{"content":"a"}}],"usage":{"total_tokens":3}}""";

        Rewrite(Chunk, usage: true).Text.ShouldBe(Head + ""","choices":[],"usage":{"total_tokens":3}}""");
        Rewriter(usage: false).Rewrite(Encoding.UTF8.GetBytes(Chunk)).ShouldBeNull();
        Rewrite(Both).Text.ShouldBe(Head + ""","choices":[{"delta":{"content":"a"}}]}""");
        Rewrite("""{"created":5,"choices":[]}""", usage: true).Text.ShouldBe(Head + ""","choices":[],"usage":null}""");
    }

    [Fact]
    public void Data_over_several_lines_becomes_one_line() =>
        Rewrite("{\"created\":5,\n\"choices\":\r\n[]}").Text.ShouldBe(Head + ",\"choices\":[]}");

    [Fact]
    public void All_chunks_have_the_creation_time_of_the_first()
    {
        var rewriter = Rewriter(usage: false);
        rewriter.Rewrite("""{"created":5,"choices":[]}"""u8.ToArray());

        var second = rewriter.Rewrite("""{"created":6,"choices":[]}"""u8.ToArray());

        Encoding.UTF8.GetString(second!.Value.Json.Span).ShouldContain("\"created\":5");
    }

    [Theory]
    [InlineData("7")]
    [InlineData("{\"choices\":")]
    [InlineData("{\"choices\":[]} x")]
    [InlineData("{\"choices\":{}}")]
    [InlineData("{\"choices\":[7]}")]
    [InlineData("{\"object\":\"chat.completion.chunk\"}")]
    [InlineData("{\"choices\":[],\"error\":{\"message\":\"m\"}}")]
    public void What_is_no_chunk_is_refused(string json) =>
        Should.Throw<JsonException>(() => Rewriter(usage: false).Rewrite(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Invalid_UTF8_is_refused() =>
        Should.Throw<JsonException>(() => Rewriter(usage: false).Rewrite(
            (byte[])[.. "{\"choices\":[],\"x\":\""u8, 0xC3, .. "\"}"u8]));

    private static (string Text, ChatChunkParts Parts) Rewrite(string json, bool usage = false)
    {
        var chunk = Rewriter(usage).Rewrite(Encoding.UTF8.GetBytes(json))!.Value;
        return (Encoding.UTF8.GetString(chunk.Json.Span), chunk.Parts);
    }

    private static ChunkRewriter Rewriter(bool usage)
    {
        var options = usage ? ",\"stream_options\":{\"include_usage\":true}" : "";
        return new(TestProviders.Request("a", ",\"stream\":true" + options), TimeProvider.System);
    }
}
