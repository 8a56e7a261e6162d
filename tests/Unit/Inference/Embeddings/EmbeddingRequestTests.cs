using System.Text;
using Shouldly;
using Sluice.Inference.Embeddings;
using Xunit;

namespace Sluice.Tests.Unit.Inference.Embeddings;

public sealed class EmbeddingRequestTests
{
    [Theory]
    [InlineData("\"a river\"", 1)]
    [InlineData("""["a","b","a"]""", 3)]
    [InlineData("[1, 2, 3]", 1)]
    [InlineData("[[1],[2,3]]", 2)]
    public void Text_and_tokens_come_alone_or_in_arrays(string input, int count)
    {
        var body = $$$"""
            {"input":{{{input}}},"model":"m","dimensions":8,"encoding_format":"base64","user":"u","new":{"x":[1]}}
            """;

        EmbeddingRequest.TryRead(Encoding.UTF8.GetBytes(body), out var request, out var error)
            .ShouldBeTrue(error?.Message);

        Encoding.UTF8.GetString(request!.Input.Span).ShouldBe(input);
        (request.Model, request.Count, request.Dimensions, request.IsBase64).ShouldBe(("m", count, 8, true));
    }

    [Theory]
    [InlineData("""{"model":"m"}""", "input")]
    [InlineData("""{"input":"a"}""", "model")]
    [InlineData("""{"model":"","input":"a"}""", "model")]
    [InlineData("""{"model":["m"],"input":"a"}""", "model")]
    [InlineData("""{"model":"m","input":""}""", "input")]
    [InlineData("""{"model":"m","input":null}""", "input")]
    [InlineData("""{"model":"m","input":{}}""", "input")]
    [InlineData("""{"model":"m","input":[]}""", "input")]
    [InlineData("""{"model":"m","input":["a",""]}""", "input[1]")]
    [InlineData("""{"model":"m","input":["a",1]}""", "input[1]")]
    [InlineData("""{"model":"m","input":["\ud800"]}""", "input[0]")]
    [InlineData("""{"model":"m","input":[1,-1]}""", "input[1]")]
    [InlineData("""{"model":"m","input":[1.5]}""", "input[0]")]
    [InlineData("""{"model":"m","input":[[]]}""", "input[0]")]
    [InlineData("""{"model":"m","input":[[1],["a"]]}""", "input[1]")]
    [InlineData("""{"model":"m","input":[true]}""", "input[0]")]
    [InlineData("""{"model":"m","input":"a","dimensions":0}""", "dimensions")]
    [InlineData("""{"model":"m","input":"a","dimensions":"8"}""", "dimensions")]
    [InlineData("""{"model":"m","input":"a","dimensions":100000}""", "dimensions")]
    [InlineData("""{"model":"m","input":"a","encoding_format":"hex"}""", "encoding_format")]
    [InlineData("""{"model":"m","input":"a","user":1}""", "user")]
    [InlineData("""[]""", null)]
    [InlineData("""{"model":"m","input":"a" """, null)]
    [InlineData("""{"model":"m","input":"a"} x""", null)]
    public void A_refusal_names_the_field(string body, string? param)
    {
        EmbeddingRequest.TryRead(Encoding.UTF8.GetBytes(body), out _, out var error).ShouldBeFalse();

        error!.Param.ShouldBe(param);
        error.Message.ShouldNotBeEmpty();
    }

    [Fact]
    public void There_are_at_most_2048_inputs_but_any_number_of_tokens()
    {
        Read("\"a\"", 2_048).ShouldBeNull();
        Read("\"a\"", 2_049).ShouldNotBeNull().ShouldContain("2048");
        Read("7", 5_000).ShouldBeNull();
    }

    private static string? Read(string element, int count)
    {
        var input = string.Join(',', Enumerable.Repeat(element, count));
        var body = Encoding.UTF8.GetBytes($$"""{"model":"m","input":[{{input}}]}""");
        EmbeddingRequest.TryRead(body, out _, out var error);
        return error?.Message;
    }
}
