using System.Text;
using System.Text.Json;
using Shouldly;
using Sluice.Inference.Responses;
using Xunit;

namespace Sluice.Tests.Unit.Inference.Responses;

public sealed class WholeResponseTests
{
    [Fact]
    public void A_whole_completion_becomes_a_completed_response()
    {
        using var response = Map(
            """
            {"choices":[{"index":0,"message":{"role":"assistant","reasoning_content":"hm","content":"Hi \"you\""},
            "finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}
            """);

        var root = response.RootElement;
        root.GetProperty("id").GetString().ShouldBe("resp_1");
        root.GetProperty("object").GetString().ShouldBe("response");
        root.GetProperty("status").GetString().ShouldBe("completed");
        root.GetProperty("usage").GetProperty("input_tokens").GetInt32().ShouldBe(3);
        root.GetProperty("output").EnumerateArray().Select(o => o.GetProperty("type").GetString())
            .ShouldBe(["reasoning", "message"]);
        root.GetProperty("output")[1].GetProperty("content")[0].GetProperty("text").GetString().ShouldBe("Hi \"you\"");
    }

    [Fact]
    public void Each_whole_call_is_one_of_its_own_also_without_ids()
    {
        using var response = Map(
            """
            {"choices":[{"message":{"content":null,"tool_calls":[
            {"type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
            {"type":"function","function":{"name":"f","arguments":"{\"a\":2}"}}]},"finish_reason":"tool_calls"}]}
            """);

        response.RootElement.GetProperty("output").EnumerateArray()
            .Select(o => o.GetProperty("arguments").GetString()).ShouldBe(["{\"a\":1}", "{\"a\":2}"]);
    }

    [Fact]
    public void A_completion_cut_for_its_length_is_incomplete()
    {
        using var response = Map("""{"choices":[{"message":{"content":"a"},"finish_reason":"length"}]}""");

        response.RootElement.GetProperty("status").GetString().ShouldBe("incomplete");
        response.RootElement.GetProperty("incomplete_details").GetProperty("reason").GetString()
            .ShouldBe("max_output_tokens");
    }

    [Fact]
    public void The_question_is_asked_for_a_whole_answer()
    {
        var chat = Request().ToWholeChat();

        chat.Stream.ShouldBeFalse();
        Encoding.UTF8.GetString(chat.LastUserContent.Span).ShouldBe("\"Hello\"");
    }

    private static ResponsesRequest Request()
    {
        ResponsesRequest.TryRead("resp_1", """{"model":"m","input":"Hello"}"""u8.ToArray(), out var request, out _)
            .ShouldBeTrue();
        return request!;
    }

    private static JsonDocument Map(string completion) => JsonDocument.Parse(
        WholeResponse.Of(Request(), Encoding.UTF8.GetBytes(completion), TimeProvider.System));
}
