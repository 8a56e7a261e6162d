using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sluice.BatchStore.Lines;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>Puts a new body into what failed; all else stays, and what is put in stays as it was written.</summary>
internal static class EditedPayload
{
    private static readonly JsonWriterOptions s_asWritten =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The line with another <c>body</c>.</summary>
    /// <param name="line">The one that failed; null when it is not there any more.</param>
    /// <param name="customId">For a line that is not there.</param>
    /// <param name="endpoint">Of the batch.</param>
    /// <param name="body">JSON object.</param>
    public static byte[] Line(byte[]? line, string? customId, string endpoint, JsonElement body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_asWritten))
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
            json.WriteRawValue(OnOneLine(body));
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
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or with half of a surrogate pair, which cannot be written again.
            return null;
        }
    }

    private static byte[] WithMember(JsonElement of, string name, JsonElement value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_asWritten))
        {
            json.WriteStartObject();
            foreach (var member in of.EnumerateObject())
            {
                json.WritePropertyName(member.Name);
                json.WriteRawValue(OnOneLine(member.NameEquals(name) ? value : member.Value));
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Its own bytes: written anew they may be longer. Breaks are only between JSON's tokens.</summary>
    private static string OnOneLine(JsonElement json) => json.GetRawText().Replace('\n', ' ').Replace('\r', ' ');
}
