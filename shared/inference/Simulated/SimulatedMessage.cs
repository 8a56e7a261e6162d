using System.Text.Json;

namespace Sluice.Inference.Simulated;

/// <summary>The text of a message's <c>content</c>, which is a JSON string or an array of parts.</summary>
internal static class SimulatedMessage
{
    /// <summary>
    /// Decodes the text as UTF-8; the text parts of an array are joined without a separator, other parts are skipped.
    /// </summary>
    /// <param name="content">Raw JSON that <c>ChatRequest</c> has checked; may be empty.</param>
    /// <param name="buffer">At least as long as the content.</param>
    public static ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> content, Span<byte> buffer)
    {
        if (content.IsEmpty)
        {
            return [];
        }

        var reader = new Utf8JsonReader(content);
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.ValueIsEscaped ? buffer[..reader.CopyString(buffer)] : reader.ValueSpan;
        }

        var length = 0;
        while (reader.Read())
        {
            // Only members of the parts themselves: depth 1 is the part, depth 2 its members.
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 2)
            {
                continue;
            }

            var isText = reader.ValueTextEquals("text"u8);
            reader.Read();
            if (isText && reader.TokenType == JsonTokenType.String)
            {
                length += reader.CopyString(buffer[length..]);
            }
            else
            {
                reader.Skip();
            }
        }

        return buffer[..length];
    }
}
