using System.Text;
using Shouldly;
using Sluice.Inference.Responses;
using Xunit;

namespace Sluice.Tests.Unit.Inference.Responses;

public sealed class ResponsesRequestTests
{
    [Fact]
    public void What_the_host_needs_is_read()
    {
        var request = TestResponses.Request(
            """
            ,"stream":true,"background":true,"store":true,"previous_response_id":"resp_0","instructions":"be nice",
            "metadata":{"a":"b"},"service_tier":"flex","user":"u","max_output_tokens":7
            """);

        request.Id.ShouldBe(TestResponses.Id);
        request.Model.ShouldBe("m");
        request.Stream.ShouldBeTrue();
        request.Background.ShouldBeTrue();
        request.Store.ShouldBeTrue();
        request.PreviousResponseId.ShouldBe("resp_0");
        request.Instructions.ShouldBe("be nice");
        request.ServiceTier.ShouldBe("flex");
        request.User.ShouldBe("u");
        request.MaxOutputTokens.ShouldBe(7);
        Encoding.UTF8.GetString(request.Input.Span).ShouldBe("\"hi\"");
        Encoding.UTF8.GetString(request.Metadata.Span).ShouldBe("""{"a":"b"}""");
        Encoding.UTF8.GetString(request.Body.Span).ShouldStartWith("""{"model":"m","input":"hi",""");
    }

    [Fact]
    public void What_is_absent_or_null_has_its_default()
    {
        const string Nulls =
            """
            ,"stream":null,"background":null,"store":null,"previous_response_id":null,"instructions":null,"tools":null,
            "metadata":null,"max_output_tokens":null,"text":null,"reasoning":null,"include":null,"prompt":null,
            "tool_choice":null,"top_logprobs":null,"conversation":null,"truncation":null
            """;
        foreach (var request in (ResponsesRequest[])[TestResponses.Request(), TestResponses.Request(Nulls)])
        {
            request.Stream.ShouldBeFalse();
            request.Background.ShouldBeFalse();
            request.Store.ShouldBeTrue();
            request.PreviousResponseId.ShouldBeNull();
            request.Instructions.ShouldBeNull();
            request.MaxOutputTokens.ShouldBeNull();
            request.Metadata.IsEmpty.ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData(""" {"model":"m","input":"hi","x":{"y":[1]},"tools":[],"tool_choice":"none"} """)]
    [InlineData("""{"model":"m","input":"\u0000"}""")]
    [InlineData("""{"model":"m","input":"\uD83D\ude00 \\ud800 \""}""")]
    [InlineData("""{"model":"m","input":"hi","x":"\ud800"}""")]
    [InlineData("""{"model":"m","input":[{"type":"reasoning","id":"rs_1","summary":[]}],"previous_response_id":"r"}""")]
    [InlineData("""{"model":"m","input":"hi","stream_options":{"include_obfuscation":false}}""")]
    [InlineData("""{"model":"m","input":"hi","store":false,"truncation":"auto","reasoning":{"summary":"auto"}}""")]
    [InlineData("""{"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]}""")]
    public void What_is_allowed_is_taken(string body) => TestResponses.Read(body).Model.ShouldBe("m");

    [Theory]
    [InlineData("model", "null")]
    [InlineData("model", "7")]
    [InlineData("model", "\"\"")]
    [InlineData("model", "\"\\ud800\"")]
    [InlineData("input", "null")]
    [InlineData("input", "7")]
    [InlineData("input", "[]")]
    [InlineData("input", "\"\\ud800\"")]
    [InlineData("input", "[{\"type\":\"reasoning\"}]")]
    [InlineData("input", "[{\"role\":\"assistant\",\"content\":[]}]")]
    [InlineData("instructions", "[]")]
    [InlineData("previous_response_id", "7")]
    [InlineData("previous_response_id", "\"\"")]
    [InlineData("stream", "\"true\"")]
    [InlineData("background", "1")]
    [InlineData("store", "1")]
    [InlineData("stream_options", "7")]
    [InlineData("stream_options.include_obfuscation", "7")]
    [InlineData("max_output_tokens", "0")]
    [InlineData("max_output_tokens", "1.5")]
    [InlineData("temperature", "\"hot\"")]
    [InlineData("temperature", "2.1")]
    [InlineData("top_p", "1.1")]
    [InlineData("top_logprobs", "21")]
    [InlineData("truncation", "\"never\"")]
    [InlineData("user", "7")]
    [InlineData("service_tier", "7")]
    [InlineData("safety_identifier", "7")]
    [InlineData("prompt_cache_key", "7")]
    [InlineData("reasoning", "\"low\"")]
    [InlineData("reasoning.effort", "7")]
    [InlineData("include", "\"x\"")]
    [InlineData("prompt", "{}")]
    [InlineData("conversation", "\"conv_1\"")]
    [InlineData("text", "\"x\"")]
    [InlineData("text.verbosity", "\"wordy\"")]
    [InlineData("text.format", "\"text\"")]
    [InlineData("tools", "{}")]
    [InlineData("tool_choice", "7")]
    [InlineData("tool_choice", "\"any\"")]
    [InlineData("tool_choice", "\"required\"")]
    [InlineData("parallel_tool_calls", "\"no\"")]
    [InlineData("metadata", "[]")]
    [InlineData("metadata.a", "7")]
    public void A_bad_field_is_named(string param, string value)
    {
        var path = param.Split('.');
        var json = path.Length == 1 ? value : $$"""{"{{path[1]}}":{{value}}}""";
        var others = (path[0] == "model" ? "" : "\"model\":\"m\",") + (path[0] == "input" ? "" : "\"input\":\"hi\",");

        var error = TestResponses.Refusal($$"""{{{others}}"{{path[0]}}":{{json}}}""");

        error.Param.ShouldBe(param);
        error.Message.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("input[0]", "7")]
    [InlineData("input[0].type", """{"type":7}""")]
    [InlineData("input[0].type", """{"type":"web_search_call","id":"ws_1"}""")]
    [InlineData("input[0].type", """{"type":"item_reference","id":"msg_1"}""")]
    [InlineData("input[0].type", """{"id":"msg_1"}""")]
    [InlineData("input[0].role", """{"type":"message","content":"a"}""")]
    [InlineData("input[0].role", """{"role":"tool","content":"a"}""")]
    [InlineData("input[0].content", """{"role":"user"}""")]
    [InlineData("input[0].content", """{"role":"user","content":7}""")]
    [InlineData("input[0].content", """{"role":"user","content":"\udfff"}""")]
    [InlineData("input[0].call_id", """{"type":"function_call","name":"f","arguments":"{}"}""")]
    [InlineData("input[0].name", """{"type":"function_call","call_id":"c","arguments":"{}"}""")]
    [InlineData("input[0].arguments", """{"type":"function_call","call_id":"c","name":"f","arguments":{}}""")]
    [InlineData("input[0].call_id", """{"type":"function_call_output","output":"x"}""")]
    [InlineData("input[0].output", """{"type":"function_call_output","call_id":"c"}""")]
    [InlineData(
        "input[0].output[0].type",
        """{"type":"function_call_output","call_id":"c","output":[{"type":"input_image","image_url":"u"}]}""")]
    [InlineData(
        "input[0].output[0].text", """{"type":"function_call_output","call_id":"c","output":[{"type":"input_text"}]}""")]
    public void A_bad_item_is_named(string param, string item) =>
        TestResponses.Refusal($$"""{"model":"m","input":[{{item}}]}""").Param.ShouldBe(param);

    [Theory]
    [InlineData("", "user", "7")]
    [InlineData(".type", "user", "{}")]
    [InlineData(".type", "user", """{"type":"input_audio"}""")]
    [InlineData(".type", "user", """{"type":"refusal","refusal":"no"}""")]
    [InlineData(".type", "assistant", """{"type":"input_image","image_url":"u"}""")]
    [InlineData(".text", "user", """{"type":"input_text"}""")]
    [InlineData(".text", "assistant", """{"type":"output_text","text":7}""")]
    [InlineData(".refusal", "assistant", """{"type":"refusal"}""")]
    [InlineData(".image_url", "user", """{"type":"input_image"}""")]
    [InlineData(".file_id", "user", """{"type":"input_image","file_id":"file_1"}""")]
    [InlineData(".detail", "user", """{"type":"input_image","image_url":"u","detail":7}""")]
    [InlineData(".file_data", "user", """{"type":"input_file"}""")]
    [InlineData(".file_url", "user", """{"type":"input_file","file_url":"u"}""")]
    [InlineData(".filename", "user", """{"type":"input_file","file_data":"d","filename":7}""")]
    public void A_bad_part_is_named(string param, string role, string part)
    {
        const string Good = """{"type":"input_text","text":"a"}""";

        var error = TestResponses.Refusal(
            $$"""{"model":"m","input":[{"role":"user","content":"a"},{"role":"{{role}}","content":[{{Good}},{{part}}]}]}""");

        error.Param.ShouldBe("input[1].content[1]" + param);
    }

    [Theory]
    [InlineData("tools[0]", """,'tools':[7]""")]
    [InlineData("tools[0].type", """,'tools':[{}]""")]
    [InlineData("tools[1].type", """,'tools':[{'type':'function','name':'f'},{'type':'web_search'}]""")]
    [InlineData("tools[0].type", """,'tools':[{'type':'file_search'}]""")]
    [InlineData("tools[0].type", """,'tools':[{'type':'code_interpreter'}]""")]
    [InlineData("tools[0].type", """,'tools':[{'type':'mcp'}]""")]
    [InlineData("tools[0].name", """,'tools':[{'type':'function'}]""")]
    [InlineData("tools[0].parameters", """,'tools':[{'type':'function','name':'f','parameters':7}]""")]
    [InlineData("tools[0].strict", """,'tools':[{'type':'function','name':'f','strict':7}]""")]
    [InlineData("tools[0].description", """,'tools':[{'type':'function','name':'f','description':7}]""")]
    [InlineData("tool_choice", """,'tool_choice':{'type':'function','name':'f'}""")]
    [InlineData("tool_choice.type", """,'tool_choice':{}""")]
    [InlineData("tool_choice.type", """,'tool_choice':{'type':'web_search'}""")]
    [InlineData("tool_choice.name", """,'tool_choice':{'type':'function'}""")]
    [InlineData("tool_choice.mode", """,'tool_choice':{'type':'allowed_tools','mode':'none','tools':[]}""")]
    [InlineData("tool_choice.tools", """,'tool_choice':{'type':'allowed_tools','mode':'auto'}""")]
    [InlineData(
        "tool_choice.tools[0].type",
        """,'tool_choice':{'type':'allowed_tools','mode':'auto','tools':[{'type':'mcp'}]}""")]
    [InlineData("text.format.type", """,'text':{'format':{}}""")]
    [InlineData("text.format.type", """,'text':{'format':{'type':'xml'}}""")]
    [InlineData("text.format.name", """,'text':{'format':{'type':'json_schema','schema':{}}}""")]
    [InlineData("text.format.schema", """,'text':{'format':{'type':'json_schema','name':'n'}}""")]
    [InlineData("text.format.strict", """,'text':{'format':{'type':'json_schema','name':'n','schema':{},'strict':7}}""")]
    [InlineData("include[1]", """,'include':['reasoning.encrypted_content',7]""")]
    [InlineData("background", """,'background':true,'store':false""")]
    public void A_bad_setting_is_named(string param, string more)
    {
        var json = more.Replace('\'', '"');

        TestResponses.Refusal($$"""{"model":"m","input":"hi"{{json}}}""").Param.ShouldBe(param);
    }

    [Fact]
    public void Metadata_has_bounds()
    {
        var many = string.Join(',', Enumerable.Range(0, 17).Select(i => $"\"{i}\":\"\""));

        Metadata(many).Param.ShouldBe("metadata");
        Metadata($"\"{new string('k', 65)}\":\"\"").Param.ShouldBe("metadata");
        Metadata($"\"k\":\"{new string('v', 513)}\"").Param.ShouldBe("metadata.k");
        TestResponses.Request($",\"metadata\":{{\"k\":\"{new string('v', 512)}\"}}").Metadata.Length.ShouldBe(520);

        static Sluice.Inference.Chat.ChatRequestError Metadata(string entries) =>
            TestResponses.Refusal($$$"""{"model":"m","input":"hi","metadata":{{{{entries}}}}}""");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"model\":")]
    [InlineData("{\"model\":\"m\",\"input\":\"hi\"} x")]
    [InlineData("{\"model\":\"m\",\"input\":\"hi\",\"\\ud800\":1}")]
    public void What_is_no_request_names_no_field(string body) => TestResponses.Refusal(body).Param.ShouldBeNull();

    [Fact]
    public void Invalid_UTF8_is_refused() =>
        ResponsesRequest.TryRead(
            "resp_1", (byte[])[.. "{\"model\":\""u8, 0xC3, .. "\"}"u8], out _, out _).ShouldBeFalse();

    [Fact]
    public void A_body_too_deep_for_readers_of_its_events_is_refused()
    {
        var deep = new string('[', 60) + new string(']', 60);

        TestResponses.Refusal($$"""{"model":"m","input":"hi","x":{{deep}}}""").Param.ShouldBeNull();
    }
}
