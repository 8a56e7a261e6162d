using System.Text;
using System.Text.Json;
using Shouldly;
using Sluice.Inference.Embeddings;
using Xunit;

namespace Sluice.Tests.Unit.Inference.Embeddings;

public sealed class EmbeddingRewriterTests
{
    [Fact]
    public void An_answer_gets_our_model_and_keeps_all_else()
    {
        const string Answer =
            """
            {"object":"x","data":[{"index":0,"embedding":[0.5,-1e-3],"y":1}],"model":"theirs","usage":{"n":2},
            "extra":{"a":[1]}}
            """;

        Rewrite(Answer, "float").ShouldBe(
            """
            {"object":"list","model":"m","data":[{"index":0,"embedding":[0.5,-1e-3],"y":1}],"usage":{"n":2},
            "extra":{"a":[1]}}
            """.Replace(",\n\"extra\"", ",\"extra\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Numbers_of_a_server_that_knows_no_base64_become_base64()
    {
        var answer = Rewrite(
            """{"data":[{"embedding":[0.5,-2]},{"embedding":"AAAAPw=="}]}""", "base64", "[\"a\",\"b\"]");

        using var json = JsonDocument.Parse(answer);
        var data = json.RootElement.GetProperty("data");
        var bytes = data[0].GetProperty("embedding").GetBytesFromBase64();
        (BitConverter.ToSingle(bytes, 0), BitConverter.ToSingle(bytes, 4)).ShouldBe((0.5f, -2f));
        data[1].GetProperty("embedding").GetString().ShouldBe("AAAAPw==");
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"data":{}}""")]
    [InlineData("""{"data":[]}""")]
    [InlineData("""{"data":[1]}""")]
    [InlineData("""{"data":[{}]}""")]
    [InlineData("""{"data":[{"embedding":null}]}""")]
    [InlineData("""{"data":[{"embedding":["a"]}]}""")]
    [InlineData("""{"data":[{"embedding":[1]},{"embedding":[1]}]}""")]
    [InlineData("""{"data":[{"embedding":[1]}]} {}""")]
    public void What_is_no_answer_to_the_request_is_garbage(string answer)
    {
        Should.Throw<JsonException>(() => Rewrite(answer, "base64"));
    }

    private static string Rewrite(string answer, string format, string input = "\"a\"")
    {
        var body = $$"""{"model":"m","input":{{input}},"encoding_format":"{{format}}"}""";
        EmbeddingRequest.TryRead(Encoding.UTF8.GetBytes(body), out var request, out _).ShouldBeTrue();
        return Encoding.UTF8.GetString(EmbeddingRewriter.Rewrite(Encoding.UTF8.GetBytes(answer), request!));
    }
}
