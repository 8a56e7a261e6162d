using System.Text.Json;
using Sluice.Inference.Chat;

namespace Sluice.Inference.Embeddings;

/// <summary>Checks <c>input</c>: text or tokens, one or up to 2,048 of them, all of one kind.</summary>
internal static class EmbeddingInputReader
{
    private const int MaxInputs = 2_048;

    private const string Kinds = "a string, an array of strings, an array of tokens, or an array of arrays of tokens";

    public static ChatRequestError? Read(ref Utf8JsonReader reader, EmbeddingFields fields)
    {
        var start = (int)reader.TokenStartIndex;
        fields.Count = 1;
        var error = reader.TokenType switch
        {
            JsonTokenType.String => CheckText(ref reader, "input"),
            JsonTokenType.StartArray => ReadArray(ref reader, fields),
            _ => new($"'input' must be {Kinds}.", "input"),
        };
        fields.Input = start..(int)reader.BytesConsumed;
        return error;
    }

    private static ChatRequestError? ReadArray(ref Utf8JsonReader reader, EmbeddingFields fields)
    {
        reader.Read();
        var kind = reader.TokenType;
        if (kind == JsonTokenType.EndArray)
        {
            return new("'input' must not be empty.", "input");
        }

        var count = 0;
        for (; reader.TokenType != JsonTokenType.EndArray; reader.Read(), count++)
        {
            // Tokens at the top are one input, however many they are.
            if (kind != JsonTokenType.Number && count == MaxInputs)
            {
                return new($"'input' has more than {MaxInputs} elements.", "input");
            }

            var error = reader.TokenType != kind
                ? new ChatRequestError($"'input' must be {Kinds}.", $"input[{count}]")
                : CheckElement(ref reader, $"input[{count}]");
            if (error is not null)
            {
                return error;
            }
        }

        fields.Count = kind == JsonTokenType.Number ? 1 : count;
        return null;
    }

    private static ChatRequestError? CheckElement(ref Utf8JsonReader reader, string path)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return CheckText(ref reader, path);
            case JsonTokenType.Number:
                return IsToken(ref reader) ? null : new($"'{path}' must be a token, an integer from 0.", path);
            case JsonTokenType.StartArray:
                var tokens = 0;
                for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; tokens++)
                {
                    if (!IsToken(ref reader))
                    {
                        return new($"'{path}' must be an array of tokens, integers from 0.", path);
                    }
                }

                return tokens > 0 ? null : new($"'{path}' must not be empty.", path);
            default:
                return new($"'input' must be {Kinds}.", path);
        }
    }

    private static bool IsToken(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var token) && token >= 0;

    private static ChatRequestError? CheckText(ref Utf8JsonReader reader, string path) =>
        reader.ValueSpan.IsEmpty ? new($"'{path}' must not be empty.", path)
        : !JsonText.IsText(ref reader) ? new($"'{path}' is not valid Unicode text.", path)
        : null;
}
