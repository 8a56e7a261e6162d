using System.Text;
using System.Text.Json;
using Shouldly;
using Sluice.Inference.Responses;
using Xunit;
using static System.StringComparison;
using static Sluice.Tests.Unit.Inference.Responses.ResponsesRun;

namespace Sluice.Tests.Unit.Inference.Responses;

public sealed class ResponsesReplayTests
{
    private const string Logprobs = ",\"logprobs\":{\"content\":[{\"token\":\"a\"}]}";

    /// <summary>All there is, and chunks that make several events.</summary>
    private static readonly byte[][] s_rich =
    [
        Delta("""{"role":"assistant","content":""}"""),
        Delta("""{"reasoning_content":"let me "}"""),
        Delta("""{"reasoning_content":"think","content":"Hel"}""", Logprobs),
        Delta("""{"content":"lo\ud800"}""", Logprobs),
        Delta("""{"refusal":"but no"}"""),
        Delta("""{"reasoning_content":"again"}"""),
        Delta(
            """
            {"content":"more","tool_calls":[{"index":0,"id":"c0","function":{"name":"f","arguments":"{\"a\""}},
            {"index":1,"id":"c1","function":{"name":"g","arguments":""}}]}
            """),
        Call("""{"index":1,"function":{"arguments":"{}"}},{"index":0,"function":{"arguments":":1}"}}"""),
        Text("end"),
        Finish("length"),
        Usage("""{"prompt_tokens":1,"completion_tokens":2}"""),
    ];

    private static readonly byte[][] s_plain = [Text("a"), Text("b\\u0000"), Text("c"), Finish("stop")];

    public static TheoryData<bool> Runs => [true, false];

    [Theory]
    [MemberData(nameof(Runs))]
    public void After_any_event_a_rerun_writes_the_very_same_rest(bool isRich)
    {
        var chunks = isRich ? s_rich : s_plain;
        var run = new ResponsesRun(",\"background\":true");
        var whole = run.Answer(chunks).All;

        for (var cut = 0; cut < whole.Count; cut++)
        {
            var (events, rest) = run.TakeOver(cut);
            events.IsEnded.ShouldBeFalse();
            events.Created();
            events.Queued();
            events.InProgress();
            events.Rerun();
            foreach (var chunk in chunks)
            {
                events.Add(chunk).ShouldBeTrue($"cut {cut}");
            }

            events.Complete().ShouldBeTrue($"cut {cut}");
            Texts(rest.All).ShouldBe(Texts(whole.Skip(cut)), $"cut {cut}");
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Between_chunks_the_remaining_ones_go_on_in_place(bool isRich)
    {
        var chunks = isRich ? s_rich : s_plain;
        var run = new ResponsesRun();
        var ends = new List<int> { run.Recorded.All.Count };
        foreach (var chunk in chunks)
        {
            ends.Add(run.Add(chunk).Recorded.All.Count);
        }

        run.Events.Complete();

        // The finish reason is in no event before the last: from there on only a rerun finds it again.
        var finish = Array.FindIndex(chunks, c => Encoding.UTF8.GetString(c).Contains("reason\":\"", Ordinal));
        for (var sent = 0; sent <= finish; sent++)
        {
            var (events, rest) = run.TakeOver(ends[sent]);
            foreach (var chunk in chunks[sent..])
            {
                events.Add(chunk).ShouldBeTrue();
            }

            events.Complete().ShouldBeTrue();
            Texts(rest.All).ShouldBe(Texts(run.Recorded.All.Skip(ends[sent])), $"after {sent} chunks");
        }
    }

    [Fact]
    public void A_rerun_may_be_cut_into_other_chunks()
    {
        var run = new ResponsesRun();
        var whole = run.Add(Text("one "), Text("two "), Text("three")).Recorded.All.Count;
        run.Events.Complete();
        var (events, rest) = run.TakeOver(whole - 1);

        events.Rerun();
        events.Add(Text("one t")).ShouldBeTrue();
        events.Add(Text("wo th")).ShouldBeTrue();
        events.Add(Text("ree")).ShouldBeTrue();
        events.Complete().ShouldBeTrue();

        ((string?)rest.Json(0)["delta"]).ShouldBe("th");
        rest.Text(rest.All.Count - 1).ShouldBe(run.Recorded.Text(run.Recorded.All.Count - 1)
            .Replace("\"sequence_number\":10", "\"sequence_number\":11", Ordinal));
    }

    [Fact]
    public void A_rerun_with_new_ids_of_calls_keeps_those_told()
    {
        var run = new ResponsesRun().Add(
            Call("""{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"""),
            Call("""{"index":0,"id":"b","function":{"name":"g","arguments":"["}}"""));
        var (events, rest) = run.TakeOver(run.Recorded.All.Count);

        events.Rerun();
        events.Add(Call("""{"index":0,"id":"x","function":{"name":"f","arguments":"{}"}}""")).ShouldBeTrue();
        events.Add(Call("""{"index":0,"id":"y","function":{"name":"g","arguments":"[]"}}""")).ShouldBeTrue();
        events.Complete().ShouldBeTrue();

        rest.Response["output"]!.AsArray().Select(i => $"{i!["call_id"]} {i["arguments"]}")
            .ShouldBe(["a {}", "b []"]);
    }

    [Fact]
    public void A_rerun_that_differs_is_noticed()
    {
        Differs(Text("Hullo")).ShouldBe((false, false));
        Differs(Text("Hello"), Delta("""{"refusal":"yes"}""")).ShouldBe((false, false));
        Differs(Text("Hello"), Call("""{"index":0,"function":{"name":"other"}}""")).ShouldBe((false, false));
        Differs(Text("Hello"), Call("""{"index":0,"function":{"name":"f","arguments":"[]"}}"""))
            .ShouldBe((false, false));
        Differs(Text("Hello")).ShouldBe((true, false));
        Differs(Text("Hello"), Delta("""{"refusal":"no"}""")).ShouldBe((true, false));
        Differs(
            Text("Hello"),
            Delta("""{"refusal":"no"}"""),
            Call("""{"index":0,"function":{"name":"f","arguments":"{"}}""")).ShouldBe((true, false));

        static (bool Added, bool Completed) Differs(params byte[][] chunks)
        {
            var run = new ResponsesRun().Add(
                Text("Hello"),
                Delta("""{"refusal":"no"}"""),
                Call("""{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"""));
            var (events, rest) = run.TakeOver(run.Recorded.All.Count);
            events.Rerun();
            var added = chunks.Select(c => events.Add(c)).ToList().TrueForAll(a => a);
            var completed = events.Complete();
            rest.All.ShouldBeEmpty();
            events.Fail("server_error", "The answer could not be continued.");
            rest.Types.ShouldBe(["response.failed"]);
            return (added, completed);
        }
    }

    [Fact]
    public void A_call_that_was_whole_does_not_grow()
    {
        var run = new ResponsesRun();
        run.Answer(Call("""{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"""));
        var (events, _) = run.TakeOver(run.Recorded.Types.IndexOf("response.function_call_arguments.done") + 1);

        events.Add(Call("""{"index":0,"function":{"arguments":"more"}}""")).ShouldBeFalse();
    }

    [Fact]
    public void Of_a_token_told_in_part_the_probabilities_are_not_told_again()
    {
        var run = new ResponsesRun().Add(Delta("""{"content":"a"}""", Logprobs));
        var (events, rest) = run.TakeOver(run.Recorded.All.Count);

        events.Rerun();
        events.Add(Delta("""{"content":"ab"}""", Logprobs)).ShouldBeTrue();
        events.Add(Delta("""{"content":"c"}""", Logprobs)).ShouldBeTrue();

        rest.Text(0).ShouldEndWith("\"delta\":\"b\",\"logprobs\":[]}");
        rest.Text(1).ShouldEndWith("\"delta\":\"c\",\"logprobs\":[{\"token\":\"a\"}]}");
    }

    [Fact]
    public void Text_that_goes_on_after_its_end_was_told_is_another_part()
    {
        var run = new ResponsesRun();
        run.Answer(Text("a"));
        var (events, rest) = run.TakeOver(run.Recorded.Types.IndexOf("response.output_text.done") + 1);

        events.Add(Text("b")).ShouldBeTrue();
        events.Complete().ShouldBeTrue();

        rest.Types[..3].ShouldBe(
            ["response.content_part.done", "response.content_part.added", "response.output_text.delta"]);
        ((int?)rest.Json(2)["content_index"]).ShouldBe(1);
        Encoding.UTF8.GetString(events.OutputText.Span).ShouldBe("ab");
    }

    [Fact]
    public void The_text_to_be_continued_is_known_after_a_takeover()
    {
        var run = new ResponsesRun().Add(Text("a\\ud800"), Text("b"));
        var (events, _) = run.TakeOver(run.Recorded.All.Count);

        Encoding.UTF8.GetString(events.OutputText.Span).ShouldBe("a\\ud800b");
        events.IsPlainText.ShouldBeTrue();
        events.Add(Delta("""{"refusal":"no"}""")).ShouldBeTrue();
        events.IsPlainText.ShouldBeFalse();
    }

    [Fact]
    public void An_ended_response_stays_ended()
    {
        var run = new ResponsesRun();
        run.Answer(Text("a"));

        var (events, _) = run.TakeOver(run.Recorded.All.Count);

        events.IsEnded.ShouldBeTrue();
        Should.Throw<InvalidOperationException>(() => events.Complete());
    }

    [Fact]
    public void Ids_are_unique_and_the_same_everywhere()
    {
        var first = Ids(new ResponsesRun().Answer(s_rich));
        var second = Ids(new ResponsesRun().Answer(s_rich));

        first.ShouldBe(second);
        first.ShouldBeUnique();
        first.ShouldAllBe(id => id.Contains("_0123_", Ordinal));

        static List<string> Ids(RecordedEvents recorded) =>
            [.. recorded.Response["output"]!.AsArray().Select(i => (string)i!["id"]!)];
    }

    [Theory]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("""{"type":"response.created"}""")]
    [InlineData("""{"type":"response.unknown","sequence_number":0}""")]
    [InlineData("""{"type":"response.output_item.added","sequence_number":0,"item":{"type":"web_search_call"}}""")]
    [InlineData("""{"type":"response.output_item.done","sequence_number":0,"output_index":0,"item":{}}""")]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":0,"output_index":0,"delta":"a"}""")]
    [InlineData("""{"type":"response.output_text.delta","sequence_number":0,"output_index":-1,"delta":"a"}""")]
    public void What_is_no_event_of_ours_is_refused(string json)
    {
        var events = new ResponsesEvents(
            TestResponses.Request(), CreatedAt, TimeProvider.System, new RecordedEvents());

        Should.Throw<JsonException>(() => events.Restore(Encoding.UTF8.GetBytes(json)));
    }

    private static List<string> Texts(IEnumerable<byte[]> events) => [.. events.Select(Encoding.UTF8.GetString)];
}
