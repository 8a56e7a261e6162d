using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Inference.Responses;
using Xunit;

namespace Sluice.Tests.Unit.Inference.Responses;

public sealed class ResponsesToChatTests
{
    private const string Head = """{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":""";

    [Fact]
    public void A_text_becomes_a_streamed_chat_with_usage()
    {
        var chat = TestResponses.Chat("""{"model":"m","input":"hi"}""");

        Encoding.UTF8.GetString(chat.Body.Span).ShouldBe(Head + """[{"role":"user","content":"hi"}]}""");
        chat.Id.ShouldBe(TestResponses.Id);
        chat.Stream.ShouldBeTrue();
        chat.IncludeUsage.ShouldBeTrue();
    }

    [Fact]
    public void Settings_get_their_names_in_chat()
    {
        var chat = TestResponses.Chat(
            """
            {"model":"m","input":"hi","max_output_tokens":9,"temperature":0.5,"top_p":0.1,"user":"u","service_tier":"flex",
             "safety_identifier":"s","prompt_cache_key":"k","top_logprobs":2,"reasoning":{"effort":"low"},
             "text":{"verbosity":"high","format":{"type":"json_schema","name":"n","schema":{"type":"object"},
             "strict":true}},"metadata":{"a":"b"},"store":true,"truncation":"auto","background":true}
            """);

        Encoding.UTF8.GetString(chat.Body.Span).ShouldBe(TestResponses.Compact(
            """
            {"model":"m","stream":true,"stream_options":{"include_usage":true},
             "messages":[{"role":"user","content":"hi"}],
             "temperature":0.5,"top_p":0.1,"user":"u","service_tier":"flex","safety_identifier":"s",
             "prompt_cache_key":"k","reasoning_effort":"low","verbosity":"high",
             "max_completion_tokens":9,"logprobs":true,"top_logprobs":2,"response_format":{"type":"json_schema",
             "json_schema":{"name":"n","schema":{"type":"object"},"strict":true}}}
            """));
    }

    [Fact]
    public void Tools_get_their_shape_in_chat()
    {
        var chat = Json(
            """
            ,"tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},
            {"type":"function","name":"g","parameters":null}],"parallel_tool_calls":false,
            "tool_choice":{"type":"function","name":"f"}
            """);

        chat["tools"]!.ToJsonString().ShouldBe(TestResponses.Compact(
            """
            [{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}},
             {"type":"function","function":{"name":"g"}}]
            """));
        chat["parallel_tool_calls"]!.ToJsonString().ShouldBe("false");
        chat["tool_choice"]!.ToJsonString().ShouldBe("""{"type":"function","function":{"name":"f"}}""");
    }

    [Theory]
    [InlineData("\"auto\"", "\"auto\"")]
    [InlineData("\"required\"", "\"required\"")]
    [InlineData(
        """{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"}]}""",
        """
        {"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}}]}}
        """)]
    public void A_choice_of_tools_gets_its_shape_in_chat(string choice, string expected) =>
        Json($$""","tools":[{"type":"function","name":"f"}],"tool_choice":{{choice}}""")["tool_choice"]!
            .ToJsonString().ShouldBe(TestResponses.Compact(expected));

    [Fact]
    public void Without_tools_nothing_is_said_about_them()
    {
        var chat = Json(""","tools":[],"tool_choice":"auto","parallel_tool_calls":true""");

        chat.ContainsKey("tools").ShouldBeFalse();
        chat.ContainsKey("tool_choice").ShouldBeFalse();
        chat.ContainsKey("parallel_tool_calls").ShouldBeFalse();
    }

    [Fact]
    public void A_json_object_is_asked_for() =>
        Json(""","text":{"format":{"type":"json_object"}}""")["response_format"]!
            .ToJsonString().ShouldBe("""{"type":"json_object"}""");

    [Theory]
    [InlineData(",\"top_logprobs\":0", null, null)]
    [InlineData(",\"include\":[\"message.output_text.logprobs\"]", true, null)]
    [InlineData(",\"top_logprobs\":0,\"include\":[\"message.output_text.logprobs\"]", true, 0)]
    public void Log_probabilities_are_asked_for_together(string more, bool? wanted, int? top)
    {
        var chat = Json(more);

        ((bool?)chat["logprobs"]).ShouldBe(wanted);
        ((int?)chat["top_logprobs"]).ShouldBe(top);
    }

    [Fact]
    public void A_message_without_parts_is_left_out() =>
        """[{"role":"user","content":"u"},{"type":"message","role":"assistant","content":[]}]"""
            .ShouldBecome("""[{"role":"user","content":"u"}]""");

    [Fact]
    public void Messages_keep_role_and_order() =>
        """
        [{"role":"system","content":"s"},{"type":"message","role":"developer","content":"d"},
         {"role":"user","content":[{"type":"input_text","text":"u"}]},
         {"role":"assistant","content":[{"type":"output_text","text":"a","annotations":[]}]},
         {"role":"assistant","content":"b"}]
        """.ShouldBecome(
        """
        [{"role":"system","content":"s"},{"role":"system","content":"d"},{"role":"user","content":"u"},
         {"role":"assistant","content":"a"},{"role":"assistant","content":"b"}]
        """);

    [Fact]
    public void Parts_get_their_shape_in_chat() =>
        """
        [{"role":"user","content":[{"type":"input_text","text":"u"},
         {"type":"input_image","image_url":"https://x/y.png","detail":"low"},
         {"type":"input_image","image_url":"data:z","detail":null,"file_id":null},
         {"type":"input_file","file_data":"data:f","filename":"f.pdf"}]}]
        """.ShouldBecome(
        """
        [{"role":"user","content":[{"type":"text","text":"u"},
         {"type":"image_url","image_url":{"url":"https://x/y.png","detail":"low"}},
         {"type":"image_url","image_url":{"url":"data:z"}},
         {"type":"file","file":{"filename":"f.pdf","file_data":"data:f"}}]}]
        """);

    [Fact]
    public void A_refusal_stays_one() =>
        """
        [{"role":"user","content":"u"},{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}]
        """.ShouldBecome("""[{"role":"user","content":"u"},{"role":"assistant","content":null,"refusal":"no"}]""");

    [Fact]
    public void Text_and_calls_of_one_answer_become_one_message() =>
        """
        [{"role":"user","content":"u"},{"type":"reasoning","id":"rs_1","summary":[]},
         {"role":"assistant","content":"let me see"},
         {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
         {"type":"reasoning","id":"rs_2","summary":[]},
         {"type":"function_call","call_id":"c2","name":"g","arguments":"{\"a\":1}"},
         {"type":"function_call_output","call_id":"c1","output":"1"},
         {"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"2"}]}]
        """.ShouldBecome(
        """
        [{"role":"user","content":"u"},{"role":"assistant","content":"let me see","tool_calls":[
         {"type":"function","id":"c1","function":{"name":"f","arguments":"{}"}},
         {"type":"function","id":"c2","function":{"name":"g","arguments":"{\"a\":1}"}}]},
         {"role":"tool","tool_call_id":"c1","content":"1"},{"role":"tool","tool_call_id":"c2","content":"2"}]
        """);

    [Fact]
    public void Text_after_a_call_does_not_part_it_from_its_output() =>
        """
        [{"role":"user","content":"u"},{"type":"function_call","call_id":"c1","name":"f","arguments":""},
         {"role":"assistant","content":"a"},{"role":"assistant","content":"b"},
         {"type":"function_call_output","call_id":"c1","output":"1"}]
        """.ShouldBecome(
        """
        [{"role":"user","content":"u"},{"role":"assistant",
         "content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],
         "tool_calls":[{"type":"function","id":"c1","function":{"name":"f","arguments":""}}]},
         {"role":"tool","tool_call_id":"c1","content":"1"}]
        """);

    [Fact]
    public void Earlier_responses_come_before_the_input_without_their_instructions()
    {
        var first = ResponsesTurn.Of(
            """{"model":"m","instructions":"old","input":"one"}"""u8.ToArray(),
            """
            {"id":"resp_0","output":[{"id":"msg_0_0","type":"message","role":"assistant","content":[
             {"type":"output_text","text":"uno\ud800"}]}]}
            """u8.ToArray());
        var second = TestResponses.Turn(
            """[{"role":"user","content":"two"}]""",
            """[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}]""");

        var chat = TestResponses.Chat(
            """
            {"model":"m","instructions":"new","previous_response_id":"resp_0",
             "input":[{"type":"function_call_output","call_id":"c","output":"3"}]}
            """,
            first,
            second);

        JsonNode.Parse(chat.Body.Span)!["messages"]!.ToJsonString().ShouldBe(TestResponses.Compact(
            """
            [{"role":"system","content":"new"},{"role":"user","content":"one"},
             {"role":"assistant","content":"uno\ufffd"},{"role":"user","content":"two"},
             {"role":"assistant","content":null,"tool_calls":[
             {"type":"function","id":"c","function":{"name":"f","arguments":"{}"}}]},
             {"role":"tool","tool_call_id":"c","content":"3"}]
            """));
    }

    [Fact]
    public void A_history_that_is_none_is_refused() =>
        Should.Throw<JsonException>(() => TestResponses.Request().ToChat([TestResponses.Turn("\"a", "[]")]));

    private static JsonObject Json(string more) =>
        JsonNode.Parse(TestResponses.Request(more).ToChat([]).Body.Span)!.AsObject();
}
