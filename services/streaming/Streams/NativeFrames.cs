using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Json;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Sse;

namespace Sluice.Streaming.Streams;

/// <summary>
/// The events of a response as our own stream has them, for a browser's <c>EventSource</c>: <c>token</c>,
/// <c>partial</c>, <c>complete</c> and <c>error</c>. A projection, event by event, of the frames that readers of the
/// other APIs get. For one reader.
/// </summary>
internal sealed class NativeFrames
{
    private static readonly byte[] s_cancelled = Refusal.Cancelled.Event();

    private readonly FrameBuffer _output = new(1_024);

    /// <summary>The frames in the other form; valid until the next call.</summary>
    /// <param name="frames">Whole frames of a chat completion or of the Responses API.</param>
    public ReadOnlyMemory<byte> Project(ReadOnlyMemory<byte> frames)
    {
        _output.Reset();
        while (!frames.IsEmpty)
        {
            var end = frames.Span.IndexOf("\n\n"u8);
            ProjectOne(frames[..end]);
            frames = frames[(end + 2)..];
        }

        return _output.Written;
    }

    private void ProjectOne(ReadOnlyMemory<byte> frame)
    {
        var dataAt = frame.Span.IndexOf("data: "u8);
        var data = frame[(dataAt + "data: ".Length)..];
        var idAt = frame.Span.IndexOf("id: "u8) + "id: ".Length;
        var id = frame.Span[idAt..(dataAt - 1)];
        if (data.Span.SequenceEqual("[DONE]"u8))
        {
            Write("complete"u8, id, "{\"status\":\"completed\"}"u8);
            return;
        }

        using var json = JsonDocument.Parse(data);
        if (json.RootElement.TryGetProperty("choices", out var choices))
        {
            ProjectChunk(id, data.Span, choices);
        }
        else
        {
            ProjectEvent(id, data.Span, json.RootElement);
        }
    }

    private void ProjectChunk(ReadOnlySpan<byte> id, ReadOnlySpan<byte> data, JsonElement choices)
    {
        var texts = choices.EnumerateArray().Where(HasText).ToList();
        if (texts.Count == 0 || texts.Count < choices.GetArrayLength())
        {
            Write("partial"u8, id, data);
            return;
        }

        // Only the last one has the position: a reader that was cut between them gets all of them again.
        for (var i = 0; i < texts.Count; i++)
        {
            var text = texts[i].GetProperty("delta").GetProperty("content");
            var index = texts[i].TryGetProperty("index", out var number) && number.ValueKind == JsonValueKind.Number
                && number.TryGetInt32(out var value) ? value : 0;
            WriteToken(i == texts.Count - 1 ? id : default, text, index);
        }
    }

    private void ProjectEvent(ReadOnlySpan<byte> id, ReadOnlySpan<byte> data, JsonElement json)
    {
        var type = json.TryGetProperty("type", out var named) ? named.GetString() : "error";
        switch (type)
        {
            case "response.output_text.delta":
                WriteToken(id, json.GetProperty("delta"), 0);
                break;
            case "response.incomplete" when IsCancelled(json):
                // Their clients know no event for it; ours have one, and it is no complete answer.
                Write("error"u8, id, s_cancelled);
                break;
            case "response.completed" or "response.incomplete":
                Write("complete"u8, id, data);
                break;
            case "response.failed":
                var error = json.GetProperty("response").GetProperty("error");
                Write("error"u8, id, [.. "{\"error\":"u8, .. JsonMarshal.GetRawUtf8Value(error), (byte)'}']);
                break;
            case "error":
                Write("error"u8, id, data);
                break;
            default:
                Write("partial"u8, id, data);
                break;
        }
    }

    private void WriteToken(ReadOnlySpan<byte> id, JsonElement text, int index)
    {
        Span<byte> digits = stackalloc byte[11];
        Utf8Formatter.TryFormat(index, digits, out var count);
        Write("token"u8, id, [
            .. "{\"text\":"u8, .. JsonMarshal.GetRawUtf8Value(text),
            .. ",\"index\":"u8, .. digits[..count], (byte)'}']);
    }

    private void Write(ReadOnlySpan<byte> name, ReadOnlySpan<byte> id, ReadOnlySpan<byte> data)
    {
        _output.Write("event: "u8);
        _output.Write(name);
        if (!id.IsEmpty)
        {
            _output.Write("\nid: "u8);
            _output.Write(id);
        }

        _output.Write("\ndata: "u8);
        _output.Write(data);
        _output.Write("\n\n"u8);
    }

    private static bool IsCancelled(JsonElement json) =>
        json.GetProperty("response").GetProperty("status").ValueEquals("cancelled"u8);

    /// <summary>Nothing but a text that is not empty.</summary>
    private static bool HasText(JsonElement choice) =>
        choice.TryGetProperty("delta", out var delta) && delta.ValueKind == JsonValueKind.Object
        && delta.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String
        && !content.ValueEquals(""u8)
        && delta.EnumerateObject().All(member => member.NameEquals("content"u8) || member.NameEquals("role"u8))
        && (!choice.TryGetProperty("finish_reason", out var reason) || reason.ValueKind == JsonValueKind.Null);
}
