using System.Text;
using Shouldly;
using Sluice.Inference.Chat;
using Xunit;

namespace Sluice.Tests.Unit.Inference;

public sealed class ChatRequestTests
{
    [Theory]
    [InlineData("""[{"role":"user"}]""", "messages[0].content")]
    [InlineData("""[{"content":null,"role":"user"}]""", "messages[0].content")]
    [InlineData("""[{"role":"user","content":"hi","content":null}]""", "messages[0].content")]
    [InlineData("""[{"role":"assistant"},{"role":"system"}]""", "messages[1].content")]
    [InlineData("""[{"role":"developer","content":null}]""", "messages[0].content")]
    [InlineData("""[{"role":"user","content":""},{"role":"tool","tool_call_id":"c"}]""", "messages[1].content")]
    public void A_message_without_the_content_that_its_role_is_for_is_named(string messages, string param)
    {
        var error = Read(messages)!;

        error.Param.ShouldBe(param);
        error.Message.ShouldBe($"'{param}' is required and must not be null.");
    }

    [Theory]
    [InlineData("""[{"role":"assistant","content":null,"tool_calls":[]},{"role":"assistant","refusal":"no"}]""")]
    [InlineData("""[{"role":"function","content":null},{"role":"critic"}]""")]
    [InlineData("""[{"role":"user","content":""},{"role":"system","content":[]}]""")]
    public void Content_may_be_missing_where_something_else_stands_for_it_and_may_be_empty(string messages) =>
        Read(messages).ShouldBeNull();

    [Theory]
    [InlineData("seed", "1.5")]
    [InlineData("seed", "9223372036854775808")]
    [InlineData("seed", "1e400")]
    [InlineData("top_logprobs", "0.5")]
    public void A_number_that_is_no_integer_is_named_where_one_is_needed(string field, string value)
    {
        var error = Read("""[{"role":"user","content":"hi"}]""", $$""","{{field}}":{{value}}""")!;

        error.Param.ShouldBe(field);
        error.Message.ShouldBe($"'{field}' must be a 64-bit integer or null, not a number.");
    }

    [Theory]
    [InlineData("seed", "-9223372036854775808")]
    [InlineData("top_logprobs", "null")]
    [InlineData("temperature", "1")]
    [InlineData("top_p", "0.5")]
    public void A_number_of_the_right_kind_is_taken(string field, string value) =>
        Read("""[{"role":"user","content":"hi"}]""", $$""","{{field}}":{{value}}""").ShouldBeNull();

    [Fact]
    public void An_integer_in_the_place_of_something_else_is_called_a_number() =>
        Read("""[{"role":"user","content":"hi"}]""", ",\"user\":5")!.Message
            .ShouldBe("'user' must be a string or null, not a number.");

    private static ChatRequestError? Read(string messages, string more = "")
    {
        var body = $$"""{"model":"sluice-sim","messages":{{messages}}{{more}}}""";
        ChatRequest.TryRead("chatcmpl-1", Encoding.UTF8.GetBytes(body), out _, out var error);
        return error;
    }
}
