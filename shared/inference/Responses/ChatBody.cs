using System.Buffers;
using System.Text.Json;

namespace Sluice.Inference.Responses;

/// <summary>Writes the body of the chat completion that answers a Responses request.</summary>
internal static class ChatBody
{
    private const string IncludeLogprobs = "message.output_text.logprobs";

    /// <summary>Fields that mean the same, by their names here and there.</summary>
    private static readonly (string[] Path, string Name)[] s_fields =
    [
        (["temperature"], "temperature"),
        (["top_p"], "top_p"),
        (["user"], "user"),
        (["service_tier"], "service_tier"),
        (["safety_identifier"], "safety_identifier"),
        (["prompt_cache_key"], "prompt_cache_key"),
        (["reasoning", "effort"], "reasoning_effort"),
        (["text", "verbosity"], "verbosity"),
    ];

    public static bool WantsLogprobs(JsonField root) =>
        root["include"].Elements().Any(e => e.Text == IncludeLogprobs)
        || (!root["top_logprobs"].IsMissing && root["top_logprobs"].Value.GetInt32() > 0);

    /// <param name="request">A checked request.</param>
    /// <param name="history">Earlier responses, oldest first.</param>
    /// <param name="isStreamed">As a stream with usage, else whole.</param>
    public static byte[] Write(ResponsesRequest request, IReadOnlyList<ResponsesTurn> history, bool isStreamed)
    {
        using var document = Parse(request.Body);
        var root = new JsonField(document.RootElement, "");
        var body = new ArrayBufferWriter<byte>(request.Body.Length + 256);
        body.Write("{\"model\":"u8);
        body.Write(root["model"].Raw);
        body.Write(isStreamed ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"u8 : ""u8);
        body.Write(",\"messages\":"u8);
        WriteMessages(new ChatMessages(body), root, history);
        foreach (var (path, name) in s_fields)
        {
            WriteField(body, name, path.Aggregate(root, (field, member) => field[member]));
        }

        WriteLimit(body, request.MaxOutputTokens);
        if (WantsLogprobs(root))
        {
            body.Write(",\"logprobs\":true"u8);
            WriteField(body, "top_logprobs", root["top_logprobs"]);
        }

        ChatTools.Write(body, root);
        ChatFormat.Write(body, root["text"]["format"]);
        body.Write("}"u8);
        return body.WrittenSpan.ToArray();
    }

    /// <summary>A member that is there, after others.</summary>
    public static void WriteField(IBufferWriter<byte> output, string name, JsonField field)
    {
        if (!field.IsMissing)
        {
            output.Write(","u8);
            output.WriteQuoted(RawJson.Escape(name));
            output.Write(":"u8);
            output.Write(field.Raw);
        }
    }

    private static void WriteMessages(ChatMessages messages, JsonField root, IReadOnlyList<ResponsesTurn> history)
    {
        if (!root["instructions"].IsMissing)
        {
            messages.AddSystem(root["instructions"]);
        }

        foreach (var turn in history)
        {
            Add(messages, turn.Input);
            Add(messages, turn.Output);
        }

        messages.AddItems(root["input"]);
        messages.End();
    }

    private static void Add(ChatMessages messages, ReadOnlyMemory<byte> items)
    {
        if (!items.IsEmpty)
        {
            using var document = Parse(items);
            messages.AddItems(new(document.RootElement, ""));
        }
    }

    private static void WriteLimit(IBufferWriter<byte> output, int? limit)
    {
        if (limit is { } tokens)
        {
            output.Write(",\"max_completion_tokens\":"u8);
            output.WriteNumber(tokens);
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> json) =>
        JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = RawJson.MaxDepth });
}
