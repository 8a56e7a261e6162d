using System.Text.Json;

namespace Sluice.BatchStore.Lines;

/// <summary>The model that a request asks for, read without the rest of it.</summary>
public static class LineModel
{
    private const int MaxLength = 256;

    /// <summary>Null when the body is no JSON object with a usable <c>model</c>.</summary>
    public static string? Of(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isModel = reader.ValueTextEquals("model"u8);
                reader.Read();
                if (isModel)
                {
                    return reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= MaxLength
                        ? reader.GetString()
                        : null;
                }

                reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Malformed JSON, or half of a surrogate pair: whoever runs the line reports it.
        }

        return null;
    }
}
