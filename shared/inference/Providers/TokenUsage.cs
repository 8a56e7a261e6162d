using System.Text.Json;

namespace Sluice.Inference.Providers;

/// <summary>Tokens as the provider counted them.</summary>
/// <param name="Input">Of the prompt; 0 when it told none.</param>
/// <param name="Output">Of the answer; 0 when it told none.</param>
public readonly record struct TokenUsage(long Input, long Output)
{
    /// <summary>What a successful answer tells; nothing for any other.</summary>
    public static TokenUsage Of(ModelAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return answer.IsSuccess ? Read(answer.Body.Span) : default;
    }

    /// <summary>
    /// The member <c>usage</c> of a completion, a chunk, a response, or of embeddings. A missing or odd one counts as
    /// none, and never costs the answer.
    /// </summary>
    internal static TokenUsage Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isUsage = reader.ValueTextEquals("usage"u8);
                reader.Read();
                if (isUsage && reader.TokenType == JsonTokenType.StartObject)
                {
                    return Read(ref reader);
                }

                reader.Skip();
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Nested deeper than the reader goes, for instance, or half of a surrogate pair in a name.
        }

        return default;
    }

    private static TokenUsage Read(ref Utf8JsonReader reader)
    {
        var (input, output) = (0L, 0L);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isInput = reader.ValueTextEquals("prompt_tokens"u8) || reader.ValueTextEquals("input_tokens"u8);
            var isOutput = !isInput
                && (reader.ValueTextEquals("completion_tokens"u8) || reader.ValueTextEquals("output_tokens"u8));
            reader.Read();
            var value = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var n) && n > 0 ? n : 0;
            (input, output) = (isInput ? value : input, isOutput ? value : output);
            reader.Skip();
        }

        return new(input, output);
    }
}
