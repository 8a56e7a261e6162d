using System.Text;
using System.Text.Json;
using Shouldly;
using Sluice.Inference.Responses;
using Xunit;
using static Sluice.Tests.Unit.Inference.Responses.ResponsesRun;

namespace Sluice.Tests.Unit.Inference.Responses;

public sealed class ResponsesEventsTests
{
    private static readonly byte[] s_role = Delta("""{"role":"assistant","content":""}""");

    [Fact]
    public void A_text_is_told_from_creation_to_completion()
    {
        var recorded = new ResponsesRun().Answer(s_role, Text("Hel"), Text("lo"), Finish("stop"));

        recorded.Types.ShouldBe(
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]);
        recorded.Text(2).ShouldEndWith(
            """
            "output_index":0,"item":{"id":"msg_0123_0","type":"message","status":"in_progress","role":"assistant","content":[]}}
            """);
        recorded.Text(5).ShouldEndWith(
            """
            "item_id":"msg_0123_0","output_index":0,"content_index":0,"delta":"lo","logprobs":[]}
            """);
        recorded.Text(6).ShouldEndWith(
            """
            "text":"Hello","logprobs":[]}
            """);
        recorded.Output.ShouldBe(TestResponses.Compact(
            """
            [{"id":"msg_0123_0","type":"message","status":"completed","role":"assistant",
              "content":[{"type":"output_text","text":"Hello","annotations":[],"logprobs":[]}]}]
            """));
    }

    [Fact]
    public void The_response_object_is_complete()
    {
        var recorded = new ResponsesRun(
            """
            ,"instructions": "be\nnice", "metadata": { "a" : "b \\\" c" }, "temperature":0.5, "tools": [
              { "type": "function", "name": "f", "strict": null } ], "text": { "verbosity": "low" }
            """).Answer(
            Text("a"),
            Finish("stop"),
            Usage(
                """
                {"prompt_tokens":3,"completion_tokens":4,"total_tokens":9,"prompt_tokens_details":{"cached_tokens":1},
                 "completion_tokens_details":{"reasoning_tokens":2}}
                """));

        var response = Encoding.UTF8.GetString(ResponsesEvents.ResponseOf(recorded.All[^1]).Span);
        response.ShouldContain(""","metadata":{"a":"b \\\" c"},""");
        TestResponses.Compact(response).ShouldBe(TestResponses.Compact(
            """
            {"id":"resp_0123","object":"response","created_at":1000,"background":false,"store":true,"model":"m",
             "instructions":"be\nnice","max_output_tokens":null,"metadata":{"a":"b \\\" c"},"parallel_tool_calls":true,
             "previous_response_id":null,"reasoning":{"effort":null,"summary":null},"service_tier":"auto",
             "temperature":0.5,"tool_choice":"auto","tools":[{"type":"function","name":"f","strict":null}],
             "top_p":null,"truncation":"disabled","user":null,"text":{"format":{"type":"text"},"verbosity":"low"},
             "status":"completed","completed_at":2000,"error":null,"incomplete_details":null,
             "output":[{"id":"msg_0123_0","type":"message","status":"completed","role":"assistant",
             "content":[{"type":"output_text","text":"a","annotations":[],"logprobs":[]}]}],
             "usage":{"input_tokens":3,"input_tokens_details":{"cached_tokens":1},"output_tokens":4,
             "output_tokens_details":{"reasoning_tokens":2},"total_tokens":9}}
            """));
        ResponsesEvents.ResponseOf(recorded.All[2]).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void A_background_response_is_queued_first()
    {
        var recorded = new ResponsesRun(",\"background\":true").Answer(Finish("stop"));

        recorded.Types.ShouldBe(
            ["response.created", "response.queued", "response.in_progress", "response.completed"]);
        ((string?)recorded.Json(0)["response"]!["status"]).ShouldBe("queued");
        ((string?)recorded.Json(1)["response"]!["status"]).ShouldBe("queued");
        ((string?)recorded.Json(2)["response"]!["status"]).ShouldBe("in_progress");
    }

    [Fact]
    public void An_empty_answer_has_an_empty_output()
    {
        var recorded = new ResponsesRun().Answer(s_role, Finish("stop"));

        recorded.Output.ShouldBe("[]");
        recorded.Response["usage"].ShouldBeNull();
        ((string?)recorded.Response["status"]).ShouldBe("completed");
    }

    [Fact]
    public void A_refusal_is_a_part_of_its_own()
    {
        var recorded = new ResponsesRun().Answer(
            Text("a"), Delta("""{"refusal":"n"}"""), Delta("""{"refusal":"o"}"""), Finish("stop"));

        recorded.Types[4..^2].ShouldBe(
        [
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.content_part.added",
            "response.refusal.delta",
            "response.refusal.delta",
            "response.refusal.done",
            "response.content_part.done",
        ]);
        recorded.Text(8).ShouldEndWith(""","output_index":0,"content_index":1,"delta":"n"}""");
        ((string?)recorded.Only("response.refusal.done")["refusal"]).ShouldBe("no");
        recorded.Output.ShouldContain("""{"type":"refusal","refusal":"no"}""");
    }

    [Theory]
    [InlineData("""{"reasoning_content":"so"}""")]
    [InlineData("""{"reasoning":"so"}""")]
    [InlineData("""{"reasoning_content":"so","reasoning":"so"}""")]
    [InlineData("""{"reasoning":"so","reasoning_content":null}""")]
    public void Reasoning_is_an_item_before_the_text(string delta)
    {
        var recorded = new ResponsesRun().Answer(Delta(delta), Text("a"), Finish("stop"));

        recorded.Types[2..9].ShouldBe(
        [
            "response.output_item.added",
            "response.content_part.added",
            "response.reasoning_text.delta",
            "response.reasoning_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.output_item.added",
        ]);
        recorded.Output.ShouldStartWith(TestResponses.Compact(
            """
            [{"id":"rs_0123_0","type":"reasoning","status":"completed","summary":[],
              "content":[{"type":"reasoning_text","text":"so"}]}]
            """)[..^1]);
    }

    [Fact]
    public void Parallel_calls_may_come_by_turns()
    {
        var recorded = new ResponsesRun().Answer(
            Call("""{"index":0,"id":"c0","type":"function","function":{"name":"f","arguments":""}}"""),
            Call("""{"index":1,"id":"c1","type":"function","function":{"name":"g","arguments":"{\"b\""}}"""),
            Call("""{"index":0,"function":{"arguments":"{}"}},{"index":1,"function":{"arguments":":1}"}}"""),
            Finish("tool_calls"));

        recorded.Types[2..].ShouldBe(
        [
            "response.output_item.added",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.completed",
        ]);
        recorded.Text(4).ShouldEndWith(
            ",\"item_id\":\"fc_0123_1\",\"output_index\":1,\"delta\":\"{\\\"b\\\"\"}");
        recorded.Output.ShouldBe(TestResponses.Compact(
            """
            [{"id":"fc_0123_0","type":"function_call","status":"completed","call_id":"c0","name":"f","arguments":"{}"},
             {"id":"fc_0123_1","type":"function_call","status":"completed","call_id":"c1","name":"g",
              "arguments":"{\"b\":1}"}]
            """));
    }

    [Fact]
    public void Text_before_a_call_is_closed_and_text_after_it_is_another_item()
    {
        var recorded = new ResponsesRun().Answer(
            Text("a"),
            Call("""{"index":0,"id":"c0","function":{"name":"f","arguments":"{}"}}"""),
            Text("b"),
            Finish("tool_calls"));

        recorded.Types.IndexOf("response.output_item.done")
            .ShouldBeLessThan(recorded.Types.IndexOf("response.function_call_arguments.delta"));
        recorded.Response["output"]!.AsArray().Select(i => (string?)i!["id"])
            .ShouldBe(["msg_0123_0", "fc_0123_1", "msg_0123_2"]);
    }

    [Fact]
    public void Calls_get_ids_of_their_own_where_the_provider_gives_none_or_the_same()
    {
        var recorded = new ResponsesRun().Answer(
            Call("""{"index":0,"function":{"name":"f","arguments":"{}"}}"""),
            Call("""{"index":1,"id":"same","function":{"name":"f","arguments":"{}"}}"""),
            Call("""{"index":2,"id":"same","function":{"name":"f","arguments":"{}"}}"""));

        recorded.Response["output"]!.AsArray().Select(i => (string?)i!["call_id"])
            .ShouldBe(["call_0123_0", "same", "call_0123_2"]);
    }

    [Theory]
    [InlineData("\"index\":0,")]
    [InlineData("")]
    public void Calls_numbered_alike_or_not_at_all_are_told_apart_by_id(string index)
    {
        var recorded = new ResponsesRun().Answer(
            Call("{" + index + """ "id":"a","function":{"name":"f","arguments":"1"}}"""),
            Call("{" + index + """ "function":{"arguments":"2"}}"""),
            Call("{" + index + """ "id":"b","function":{"name":"f","arguments":"3"}}"""),
            Call("{" + index + """ "id":"b","function":{"arguments":"4"}}"""));

        recorded.Response["output"]!.AsArray().Select(i => $"{i!["call_id"]} {i["arguments"]}")
            .ShouldBe(["a 12", "b 34"]);
    }

    [Fact]
    public void A_call_is_told_once_its_name_is_known()
    {
        var recorded = new ResponsesRun().Answer(
            Call("""{"index":0,"id":"c","function":{"arguments":"{"}}"""),
            Call("""{"index":0,"function":{"name":"f","arguments":"}"}}"""),
            Call("""{"index":1,"id":"d","function":{"arguments":"[]"}}"""));

        recorded.Response["output"]!.AsArray().Select(i => $"{i!["name"]} {i["arguments"]}")
            .ShouldBe(["f {}", " []"]);
        recorded.Types.Count(t => t == "response.function_call_arguments.delta").ShouldBe(3);
    }

    [Theory]
    [InlineData("length", "max_output_tokens")]
    [InlineData("content_filter", "content_filter")]
    public void An_answer_cut_short_is_incomplete(string finish, string reason)
    {
        var recorded = new ResponsesRun().Answer(Delta("""{"reasoning":"r"}"""), Text("a"), Finish(finish));

        recorded.Types[^1].ShouldBe("response.incomplete");
        ((string?)recorded.Response["status"]).ShouldBe("incomplete");
        ((string?)recorded.Response["incomplete_details"]!["reason"]).ShouldBe(reason);
        recorded.Response["completed_at"].ShouldBeNull();
        recorded.Response["output"]!.AsArray().Select(i => (string?)i!["status"])
            .ShouldBe(["completed", "incomplete"]);
    }

    [Fact]
    public void A_failure_keeps_what_was_told()
    {
        var run = new ResponsesRun().Add(Text("a"));

        run.Events.Fail("server_error", "It \"broke\" \ud800");

        run.Recorded.Types[^1].ShouldBe("response.failed");
        run.Recorded.Response["error"]!.ToJsonString().ShouldBe(
            """{"code":"server_error","message":"It \u0022broke\u0022 \uFFFD"}""");
        ((string?)run.Recorded.Response["status"]).ShouldBe("failed");
        run.Recorded.Output.ShouldContain("\"status\":\"incomplete\"");
        run.Events.IsEnded.ShouldBeTrue();
    }

    [Fact]
    public void A_cancelled_response_ends_with_the_event_that_clients_know()
    {
        var run = new ResponsesRun().Add(Text("a"));

        run.Events.Cancel();

        run.Recorded.Types[^1].ShouldBe("response.incomplete");
        ((string?)run.Recorded.Response["status"]).ShouldBe("cancelled");
        run.Recorded.Response["incomplete_details"].ShouldBeNull();
    }

    [Fact]
    public void Nothing_follows_the_end()
    {
        var run = new ResponsesRun();
        run.Events.Complete().ShouldBeTrue();

        Should.Throw<InvalidOperationException>(() => run.Events.Add(Text("a")));
        Should.Throw<InvalidOperationException>(() => run.Events.Complete());
        Should.Throw<InvalidOperationException>(run.Events.Cancel);
        Should.Throw<InvalidOperationException>(() => run.Events.Fail("server_error", "m"));
        run.Events.InProgress();
        run.Recorded.All.Count.ShouldBe(3);
    }

    [Fact]
    public void Log_probabilities_are_passed_on()
    {
        const string One = """{"token":"a","bytes":[97],"logprob":-0.5,"top_logprobs":[]}""";
        const string Logprobs = ",\"logprobs\":{\"content\":[ " + One + " ],\"refusal\":null}";

        var recorded = new ResponsesRun().Answer(
            Delta("""{"content":"a"}""", Logprobs), Delta("""{"content":"a"}""", Logprobs), Text("b"));

        recorded.Text(4).ShouldEndWith($"\"delta\":\"a\",\"logprobs\":[{One}]}}");
        recorded.Only("response.output_text.done")["logprobs"]!.AsArray().Count.ShouldBe(2);
        recorded.Output.ShouldContain($"\"logprobs\":[{One},{One}]");
    }

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("\\udfff\\ud83d\\ude00")]
    [InlineData("\\u0000 \\\" \\\\ \\n \u00e9\U0001F600")]
    public void Text_passes_as_it_was_escaped(string escaped)
    {
        var recorded = new ResponsesRun().Answer(Text(escaped), Text(escaped));

        recorded.Text(4).ShouldContain($"\"delta\":\"{escaped}\"");
        recorded.Text(6).ShouldContain($"\"text\":\"{escaped}{escaped}\"");
        recorded.Text(9).ShouldContain($"\"text\":\"{escaped}{escaped}\"");
    }

    [Fact]
    public void Half_pairs_pass_in_refusals_and_calls_too()
    {
        var recorded = new ResponsesRun().Answer(
            Delta("""{"refusal":"\ud800"}"""),
            Call("""{"index":0,"id":"\udc00","function":{"name":"\udc01","arguments":"\udc02"}}"""));

        var output = Encoding.UTF8.GetString(ResponsesEvents.ResponseOf(recorded.All[^1]).Span);
        output.ShouldContain("\"refusal\":\"\\ud800\"");
        output.ShouldContain("\"call_id\":\"\\udc00\",\"name\":\"\\udc01\",\"arguments\":\"\\udc02\"");
    }

    [Fact]
    public void A_token_may_be_a_megabyte()
    {
        var text = new string('x', 1 << 20);

        var run = new ResponsesRun();
        run.Answer(Text(text), Text("y"), Finish("stop"));

        run.Events.OutputText.Length.ShouldBe(text.Length + 1);
        ((string?)run.Recorded.Response["output"]![0]!["content"]![0]!["text"]).ShouldBe(text + "y");
    }

    [Fact]
    public void Work_grows_with_the_answer_and_not_with_its_square()
    {
        var (oneLength, oneAllocated) = Cost(2_000);
        var (fourLength, fourAllocated) = Cost(8_000);

        fourLength.ShouldBeLessThan(oneLength * 9 / 2);
        fourAllocated.ShouldBeLessThan(oneAllocated * 6);

        static (long Length, long Allocated) Cost(int tokens)
        {
            var counted = new CountedEvents();
            var events = new ResponsesEvents(TestResponses.Request(), CreatedAt, TimeProvider.System, counted);
            byte[][] chunks =
            [
                Text("token "),
                Delta("""{"reasoning":"thought "}"""),
                Call("""{"index":0,"id":"c","function":{"name":"f","arguments":"more"}}"""),
            ];
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var chunk in chunks)
            {
                for (var token = 0; token < tokens; token++)
                {
                    events.Add(chunk);
                }
            }

            events.Complete();
            return (counted.Length, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Theory]
    [InlineData("""{"choices":7}""")]
    [InlineData("""{"choices":[7,{"delta":7},{"index":1,"delta":{"content":"other"}}]}""")]
    [InlineData("""{"choices":[{"delta":{"content":[],"refusal":7,"tool_calls":{},"reasoning":{}},"logprobs":7}]}""")]
    [InlineData("""{"choices":[{"delta":{"\ud800":"x","function_call":{}},"finish_reason":7}],"usage":7}""")]
    [InlineData("""{"\ud800":1,"usage":{"\ud800":1,"prompt_tokens":-1,"total_tokens":1.5}}""")]
    public void What_is_not_expected_of_a_chunk_is_left_out(string chunk)
    {
        var recorded = new ResponsesRun().Answer(Encoding.UTF8.GetBytes(chunk));

        recorded.Output.ShouldBe("[]");
    }

    [Fact]
    public void What_is_no_JSON_is_thrown_out() =>
        Should.Throw<JsonException>(() => new ResponsesRun().Events.Add("{\"choices\":"u8));

    private sealed class CountedEvents : IResponsesEventSink
    {
        public long Length { get; private set; }

        public void Add(ResponsesEvent one) => Length += one.Json.Length;
    }
}
