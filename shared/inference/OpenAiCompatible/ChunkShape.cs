using System.Text.Json;
using Sluice.Inference.Chat;

namespace Sluice.Inference.OpenAiCompatible;

/// <summary>Reads what the choices of a chunk carry.</summary>
internal static class ChunkShape
{
    /// <summary>Reads <c>choices</c>; the reader stands on the value.</summary>
    /// <exception cref="JsonException">It is no array of objects.</exception>
    public static ChatChunkParts ReadChoices(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartArray);
        var parts = ChatChunkParts.None;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(ref reader, JsonTokenType.StartObject);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isDelta = reader.ValueTextEquals("delta"u8);
                var isFinish = reader.ValueTextEquals("finish_reason"u8);
                reader.Read();
                if (isDelta && reader.TokenType == JsonTokenType.StartObject)
                {
                    parts |= ReadDelta(ref reader);
                }
                else
                {
                    parts |= isFinish && reader.TokenType == JsonTokenType.String
                        ? ChatChunkParts.Finish
                        : ChatChunkParts.None;
                    reader.Skip();
                }
            }
        }

        return parts;
    }

    private static ChatChunkParts ReadDelta(ref Utf8JsonReader reader)
    {
        var parts = ChatChunkParts.None;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isRole = reader.ValueTextEquals("role"u8);
            reader.Read();
            if (isRole)
            {
                parts |= ChatChunkParts.Role;
            }
            else if (IsContent(ref reader))
            {
                parts |= ChatChunkParts.Content;
            }

            reader.Skip();
        }

        return parts;
    }

    /// <summary>Null and empty text are what servers send next to the role.</summary>
    private static bool IsContent(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => false,
        JsonTokenType.String => !reader.ValueSpan.IsEmpty,
        _ => true,
    };

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType token)
    {
        if (reader.TokenType != token)
        {
            throw new JsonException($"Expected {token}, found {reader.TokenType}.");
        }
    }
}
