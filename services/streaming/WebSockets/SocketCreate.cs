using System.Runtime.InteropServices;
using System.Text.Json;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.WebSockets;

/// <summary>A <c>response.create</c>: the body of a request, and the lane that its events go by.</summary>
/// <param name="Body">The whole message; <c>type</c> and <c>stream_id</c> mean nothing to what reads it.</param>
/// <param name="Lane"><c>stream_id</c> as JSON, with its quotes and as it came; empty without one.</param>
internal sealed record SocketCreate(ReadOnlyMemory<byte> Body, string Lane)
{
    private const int MaxLaneLength = 256;

    /// <summary>
    /// Reads a message: what it asks for, or its refusal; the lane that the refusal goes by in either case.
    /// </summary>
    public static (SocketCreate? Create, Refusal? Refusal, string Lane) Read(ReadOnlyMemory<byte> message)
    {
        try
        {
            using var document = JsonDocument.Parse(message);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return (null, Refusal.BadRequest("A message must be a JSON object.", null), "");
            }

            var lane = LaneOf(root, out var refusal);
            refusal ??= RefusalOf(root);
            return (refusal is null ? new(message, lane) : null, refusal, lane);
        }
        catch (JsonException)
        {
            return (null, Refusal.BadRequest("The message is not valid JSON.", null), "");
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, escaped, is valid JSON; comparing such a name or value throws.
            return (null, Refusal.BadRequest("The message is not valid Unicode text.", null), "");
        }
    }

    private static string LaneOf(JsonElement root, out Refusal? refusal)
    {
        refusal = null;
        if (!root.TryGetProperty("stream_id", out var lane) || lane.ValueKind == JsonValueKind.Null)
        {
            return "";
        }

        var raw = lane.ValueKind == JsonValueKind.String ? JsonMarshal.GetRawUtf8Value(lane) : default;
        if (raw.Length is > 2 and <= MaxLaneLength)
        {
            return lane.GetRawText();
        }

        refusal = Refusal.BadRequest($"'stream_id' must be a text of 1 to {MaxLaneLength - 2} bytes.", "stream_id");
        return "";
    }

    private static Refusal? RefusalOf(JsonElement root)
    {
        if (!root.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
        {
            return Refusal.BadRequest("'type' is missing or no text; send 'response.create'.", "type");
        }

        if (type.ValueEquals("response.steer"))
        {
            return Refusal.BadRequest(
                "A response cannot be steered; cancel it, and create one with 'previous_response_id'.",
                "type",
                "steering_not_supported");
        }

        return !type.ValueEquals("response.create")
            ? Refusal.BadRequest("The 'type' is unknown; send 'response.create'.", "type")
            : Is(root, "background", JsonValueKind.True)
            ? Refusal.BadRequest("'background' is not supported here: use POST /v1/responses.", "background")
            : Is(root, "generate", JsonValueKind.False)
            ? Refusal.BadRequest("'generate' false is not supported.", "generate")
            : null;
    }

    private static bool Is(JsonElement root, string name, JsonValueKind kind) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == kind;
}
