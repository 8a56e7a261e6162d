using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.Streaming.Chat;
using Sluice.Streaming.Log;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

/// <summary>The completion that the chunks of a stream make.</summary>
public sealed class ChatAssemblyTests
{
    private const string Head = """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"m",""";

    [Fact]
    public async Task Texts_are_joined_and_the_rest_is_the_latest()
    {
        var completion = await AssembleAsync(
            """ "choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}""",
            """ "choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}""",
            """ "choices":[{"index":0,"delta":{"content":"lo","new_field":{"a":1}},"finish_reason":null}]}""",
            """ "choices":[{"index":0,"delta":{"new_field":{"b":[2]}},"finish_reason":null}]}""",
            """ "choices":[{"index":0,"delta":{"new_field":{"b":[3]}},"finish_reason":"stop"}]}""",
            """ "choices":[],"usage":{"total_tokens":3}}""");

        completion.ShouldBe(
            """
            {"id":"chatcmpl-1","object":"chat.completion","created":7,"model":"m","usage":{"total_tokens":3},
            "choices":[{"index":0,"message":{"role":"assistant","content":"Hello","new_field":{"a":1,"b":[2,3]}},
            "finish_reason":"stop"}]}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public async Task Tool_calls_and_choices_are_put_together_by_their_index()
    {
        var completion = await AssembleAsync(
            """ "choices":[{"index":1,"delta":{"content":"b"}}]}""",
            Calls("""{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":""}}"""),
            Calls("""{"index":1,"id":"y","type":"function","function":{"name":"g","arguments":"{"}}"""),
            Calls("""{"index":0,"function":{"arguments":"{\"a\":"}}"""),
            Calls("""{"index":0,"function":{"arguments":"1}"}},{"index":1,"function":{"arguments":"}"}}"""));

        var choices = JsonElement.Parse(completion).GetProperty("choices");
        var calls = choices[0].GetProperty("message").GetProperty("tool_calls");
        calls.GetArrayLength().ShouldBe(2);
        calls[0].GetProperty("id").GetString().ShouldBe("x");
        calls[0].GetProperty("function").GetProperty("arguments").GetString().ShouldBe("""{"a":1}""");
        calls[1].GetProperty("function").GetProperty("name").GetString().ShouldBe("g");
        calls[1].GetProperty("function").GetProperty("arguments").GetString().ShouldBe("{}");
        choices[1].GetProperty("message").GetProperty("content").GetString().ShouldBe("b");
    }

    [Fact]
    public async Task An_index_that_is_no_number_breaks_nothing()
    {
        var completion = await AssembleAsync(
            """ "choices":[{"index":"0","delta":{"content":"a"}}]}""",
            Calls("""{"index":"x","id":"x","function":{"name":"f","arguments":"{}"}}"""),
            Calls("""{"index":1.5,"id":"y","function":{"name":"g","arguments":"{}"}}"""));

        var message = JsonElement.Parse(completion).GetProperty("choices")[0].GetProperty("message");
        message.GetProperty("content").GetString().ShouldBe("a");
        message.GetProperty("tool_calls").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task Halves_of_a_surrogate_pair_and_NUL_come_through()
    {
        var completion = await AssembleAsync(
            """ "choices":[{"index":0,"delta":{"content":"\ud83d"}}]}""",
            """ "choices":[{"index":0,"delta":{"content":"\ude00\u0000"}}]}""",
            """ "choices":[{"index":0,"delta":{"content":"\ud800."}}]}""");

        completion.ShouldContain("""
            "content":"\ud83d\ude00\u0000\ud800."
            """);
    }

    private static string Calls(string calls) =>
        """ "choices":[{"index":0,"delta":{"tool_calls":[""" + calls + "]}}]}";

    private static async Task<string> AssembleAsync(params string[] chunks)
    {
        var payload = new ArrayBufferWriter<byte>();
        foreach (var chunk in chunks)
        {
            LogFormat.Write(payload, LogEventKind.ChatChunk, Encoding.UTF8.GetBytes(chunk));
        }

        var assembly = new ChatAssembly(Encoding.UTF8.GetBytes(Head));
        assembly.Add(new LogRow(0, chunks.Length, LogFormat.Version, payload.WrittenSpan.ToArray()));
        var body = new MemoryStream();
        var context = new DefaultHttpContext
        {
            Response = { Body = body },
            RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider(),
        };
        await assembly.Result().ExecuteAsync(context);
        return Encoding.UTF8.GetString(body.ToArray());
    }
}
