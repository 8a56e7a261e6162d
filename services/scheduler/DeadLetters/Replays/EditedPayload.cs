using System.Buffers;
using System.Text.Json;
using Sluice.BatchStore.Lines;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>Puts a new body into what failed; all else stays.</summary>
internal static class EditedPayload
{
    /// <summary>The line with another <c>body</c>.</summary>
    /// <param name="line">The one that failed; null when it is not there any more.</param>
    /// <param name="customId">For a line that is not there.</param>
    /// <param name="endpoint">Of the batch.</param>
    /// <param name="body">JSON object.</param>
    public static byte[] Line(byte[]? line, string? customId, string endpoint, JsonElement body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WritePropertyName("custom_id");
            if (line is not null && BatchRequest.TryParse(line, out var request))
            {
                json.WriteRawValue(request.CustomId.Span);
            }
            else
            {
                json.WriteStringValue(customId);
            }

            json.WriteString("method", "POST");
            json.WriteString("url", endpoint);
            json.WritePropertyName("body");
            body.WriteTo(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The task of a job with another <c>data</c>.</summary>
    public static byte[] Task(byte[] task, JsonElement data) => WithMember(JsonElement.Parse(task), "data", data);

    /// <summary>The envelope with another <c>message</c>; null when the bytes are no envelope.</summary>
    public static byte[]? Message(byte[] envelope, JsonElement body)
    {
        try
        {
            using var document = JsonDocument.Parse(envelope);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("message", out _)
                    ? WithMember(document.RootElement, "message", body)
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[] WithMember(JsonElement of, string name, JsonElement value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var member in of.EnumerateObject())
            {
                if (member.NameEquals(name))
                {
                    json.WritePropertyName(name);
                    value.WriteTo(json);
                }
                else
                {
                    member.WriteTo(json);
                }
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
