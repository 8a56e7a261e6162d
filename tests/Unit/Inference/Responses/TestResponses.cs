using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Inference.Chat;
using Sluice.Inference.Responses;

namespace Sluice.Tests.Unit.Inference.Responses;

internal static class TestResponses
{
    public const string Id = "resp_0123";

    public static ResponsesRequest Read(string body)
    {
        var read = ResponsesRequest.TryRead(Id, Encoding.UTF8.GetBytes(body), out var request, out var error);
        read.ShouldBeTrue(error?.Message);
        return request!;
    }

    public static ResponsesRequest Request(string more = "") => Read($$"""{"model":"m","input":"hi"{{more}}}""");

    public static ChatRequestError Refusal(string body)
    {
        ResponsesRequest.TryRead(Id, Encoding.UTF8.GetBytes(body), out var request, out var error).ShouldBeFalse();
        request.ShouldBeNull();
        return error!;
    }

    public static ChatRequest Chat(string body, params ResponsesTurn[] history) => Read(body).ToChat(history);

    public static ResponsesTurn Turn(string input, string output) =>
        new(Encoding.UTF8.GetBytes(input), Encoding.UTF8.GetBytes(output));

    /// <summary>The messages that an input becomes.</summary>
    public static void ShouldBecome(this string input, string messages)
    {
        var chat = Chat($$"""{"model":"m","input":{{input}}}""");
        JsonNode.Parse(chat.Body.Span)!["messages"]!.ToJsonString().ShouldBe(Compact(messages));
    }

    public static string Compact(string json) => JsonNode.Parse(json)!.ToJsonString();
}
