using System.Text;
using Shouldly;
using Sluice.Streaming.Streams;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class NativeFramesTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData("\"1\"", 0)]
    [InlineData("1.5", 0)]
    [InlineData("null", 0)]
    public void A_token_has_its_choice_s_number_and_the_first_one_s_where_that_is_none(string index, int expected)
    {
        var frame = $$$"""data: {"id":"x","choices":[{"index":{{{index}}},"delta":{"content":"a"}}]}""";

        var projected = new NativeFrames().Project(Encoding.UTF8.GetBytes($"id: 7\n{frame}\n\n"));

        Encoding.UTF8.GetString(projected.Span).ShouldBe(
            $$$"""event: token{{{"\n"}}}id: 7{{{"\n"}}}data: {"text":"a","index":{{{expected}}}}""" + "\n\n");
    }
}
