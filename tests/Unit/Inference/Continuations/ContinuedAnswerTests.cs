using System.Text;
using System.Text.Json;
using Shouldly;
using Sluice.Inference.Chat;
using Sluice.Inference.Continuations;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;
using Xunit;

namespace Sluice.Tests.Unit.Inference.Continuations;

/// <summary>An answer that is gone on with, cut after any chunk, is the answer that was not cut.</summary>
public sealed class ContinuedAnswerTests : IDisposable
{
    private readonly Microsoft.Extensions.DependencyInjection.ServiceProvider _services = TestProviders.Services(
        ("Inference:Providers:replay:Kind", "Simulated"),
        ("Inference:Providers:replay:Models:0", "replay"),
        ("Inference:Providers:replay:Continuation", "Deterministic"),
        ("Inference:Providers:prefix:Kind", "Simulated"),
        ("Inference:Providers:prefix:Models:0", "prefix"),
        ("Inference:Providers:prefix:Continuation", "AssistantPrefix"));

    public void Dispose() => _services.Dispose();

    [Theory]
    [InlineData("replay", "")]
    [InlineData("replay", ",\"n\":3")]
    [InlineData("replay", ",\"max_tokens\":7")]
    [InlineData("prefix", "")]
    [InlineData("prefix", ",\"max_tokens\":7")]
    public async Task Cut_after_any_chunk_the_rest_is_that_of_the_whole(string model, string more)
    {
        var (provider, request) = Of(model, "@sim count tokens=12", more);
        var whole = await ReadAsync(provider.StreamAsync(request, default));

        // Up to the last content: after the finish reason nothing is generated.
        for (var cut = 2; cut < whole.Count - 2; cut++)
        {
            var rest = await ReadAsync(provider.ContinueAsync(request, SoFar(whole.Take(cut)), default));

            var expected = whole.Skip(cut).Select(Json);
            rest.Select(Json).ShouldBe(expected, $"cut after {cut} chunks");
        }
    }

    [Fact]
    public async Task At_the_token_limit_only_the_finish_reason_is_missing()
    {
        var (provider, request) = Of("prefix", "@sim count tokens=12", ",\"max_tokens\":5");
        var whole = await ReadAsync(provider.StreamAsync(request, default));

        var rest = await ReadAsync(provider.ContinueAsync(request, SoFar(whole.Take(6)), default));

        var finish = JsonElement.Parse(rest.ShouldHaveSingleItem().Json.Span).GetProperty("choices")[0];
        finish.GetProperty("finish_reason").GetString().ShouldBe("length");
    }

    [Fact]
    public async Task Another_answer_is_not_passed_on()
    {
        var (provider, request) = Of("replay", "@sim stamp tokens=12");
        var first = await ReadAsync(provider.StreamAsync(request, default));

        var error = await Should.ThrowAsync<ModelFailureException>(
            () => ReadAsync(provider.ContinueAsync(request, SoFar(first.Take(4)), default)));

        error.Failure.Kind.ShouldBe(ModelFailureKind.Diverged);
        error.Failure.ToError().Error.Code.ShouldBe("response_diverged");
    }

    [Theory]
    [InlineData("{\"content\":\"ab\"},{\"content\":\"cd\"},{\"content\":\"ef\"}", "abc", "d|ef")]
    [InlineData("{\"content\":\"abcdef\"}", "abc", "def")]
    [InlineData("{\"content\":\"a\\ud83d\"},{\"content\":\"\\ude00b\"}", "a\\ud83d", "\\ude00b")]
    public void Chunks_that_are_cut_elsewhere_the_second_time_give_the_same_text(string deltas, string had, string rest)
    {
        var soFar = new AnswerSoFar("{"u8.ToArray());
        soFar.Add(Chunk($"{{\"content\":\"{had}\"}}"));
        var filter = new ReplayFilter(soFar);

        var texts = JsonElement.Parse($"[{deltas}]").EnumerateArray()
            .Select(delta => filter.Next(new ChatChunk(Chunk(delta.GetRawText()), ChatChunkParts.Content, 1)))
            .Where(chunk => chunk is not null)
            .Select(chunk => Encoding.UTF8.GetString(chunk!.Value.Json.Span))
            .Select(json => json[(json.IndexOf("content", StringComparison.Ordinal) + 10)..^5]);

        string.Join('|', texts.ToList()).ShouldBe(rest);
    }

    [Fact]
    public void Arguments_of_several_tool_calls_are_told_apart()
    {
        var soFar = new AnswerSoFar("{"u8.ToArray());
        soFar.Add(Chunk("""{"tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":"{\"a"}}]}"""));
        soFar.Add(Chunk("""{"tool_calls":[{"index":1,"id":"y","function":{"name":"g","arguments":""}}]}"""));
        var filter = new ReplayFilter(soFar);

        // Another provider-made id is no other answer.
        filter.Next(Whole("""{"tool_calls":[{"index":0,"id":"z","function":{"name":"f","arguments":"{\"a"}}]}"""))
            .ShouldBeNull();
        filter.Next(Whole("""{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]}""")).ShouldNotBeNull();
        filter.End();
    }

    [Fact]
    public void The_name_of_a_call_is_not_told_twice()
    {
        const string Header = """{"tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":""}}]}""";
        var soFar = new AnswerSoFar("{"u8.ToArray());
        soFar.Add(Chunk("{\"role\":\"assistant\",\"content\":\"\"}"));
        soFar.Add(Chunk(Header));
        var filter = new ReplayFilter(soFar);

        filter.Next(Whole("{\"role\":\"assistant\",\"content\":\"\"}")).ShouldBeNull();
        filter.Next(Whole(Header)).ShouldBeNull();
        filter.Next(Whole(Header.Replace("\"index\":0", "\"index\":1", StringComparison.Ordinal))).ShouldNotBeNull();
        filter.Next(Whole(Header.Replace("\"arguments\":\"\"", "\"arguments\":\"{\"", StringComparison.Ordinal)))
            .ShouldNotBeNull();
    }

    [Fact]
    public void An_answer_that_ends_earlier_the_second_time_is_another_one()
    {
        var soFar = new AnswerSoFar("{"u8.ToArray());
        soFar.Add(Chunk("{\"content\":\"abc\"}"));
        var filter = new ReplayFilter(soFar);
        filter.Next(Whole("{\"content\":\"ab\"}")).ShouldBeNull();

        Should.Throw<ModelFailureException>(filter.End).Failure.Kind.ShouldBe(ModelFailureKind.Diverged);
    }

    [Theory]
    [InlineData("replay", ",\"tools\":[{\"type\":\"function\"}],\"n\":2", true)]
    [InlineData("prefix", "", true)]
    [InlineData("prefix", ",\"tools\":[],\"response_format\":{\"type\":\"text\"},\"logprobs\":false", true)]
    [InlineData("prefix", ",\"tools\":[{\"type\":\"function\"}]", false)]
    [InlineData("prefix", ",\"response_format\":{\"type\":\"json_object\"}", false)]
    [InlineData("prefix", ",\"logprobs\":true", false)]
    [InlineData("prefix", ",\"n\":2", false)]
    [InlineData("sluice-sim", "", true)]
    public void What_can_be_gone_on_with_depends_on_provider_and_request(string model, string more, bool possible)
    {
        var (provider, request) = Of(model, "hello", more);

        provider.CanContinue(request).ShouldBe(possible);
    }

    [Fact]
    public void A_request_that_has_an_answer_s_start_is_not_gone_on_with_by_another_one()
    {
        var request = TestProviders.Read(
            """{"model":"prefix","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}""");
        Provider("prefix").CanContinue(request).ShouldBeFalse();
        Provider("replay").CanContinue(request).ShouldBeTrue();
    }

    private IModelProvider Provider(string model)
    {
        var catalog = (IModelCatalog)_services.GetService(typeof(IModelCatalog))!;
        catalog.TryResolve(model, out var provider).ShouldBeTrue();
        return provider!;
    }

    private (IModelProvider Provider, ChatRequest Request) Of(string model, string message, string more = "") => (
        Provider(model),
        TestProviders.Read(
            $$"""
            {"model":"{{model}}","stream":true,"stream_options":{"include_usage":true},
             "messages":[{"role":"user","content":"{{message}}"}]{{more}}}
            """));

    private static AnswerSoFar SoFar(IEnumerable<ChatChunk> chunks)
    {
        var all = chunks.ToList();
        var soFar = new AnswerSoFar(all[0].Json[..all[0].HeadLength]);
        all.ForEach(chunk => soFar.Add(chunk.Json));
        return soFar;
    }

    private static async Task<List<ChatChunk>> ReadAsync(IAsyncEnumerable<ChatChunk> chunks)
    {
        var all = new List<ChatChunk>();
        await foreach (var chunk in chunks)
        {
            all.Add(chunk with { Json = chunk.Json.ToArray() });
        }

        return all;
    }

    private static string Json(ChatChunk chunk) => Encoding.UTF8.GetString(chunk.Json.Span);

    private static ChatChunk Whole(string delta) => new(Chunk(delta), ChatChunkParts.Content, 1);

    private static byte[] Chunk(string delta) =>
        Encoding.UTF8.GetBytes("{\"choices\":[{\"index\":0,\"delta\":" + delta + "}]}");
}
