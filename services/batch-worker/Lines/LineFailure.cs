using System.Globalization;
using System.Text.Json;
using Sluice.BatchStore.DeadLetters;

namespace Sluice.BatchWorker.Lines;

/// <summary>Says why a line failed for good.</summary>
internal static class LineFailure
{
    public static LineLetter Letter(in LineOrigin origin, in LineResult result) => new(
        origin.Number,
        LetterText.OfJson(origin.CustomId.Span),
        origin.Offset,
        origin.Length,
        result.Code ?? string.Create(CultureInfo.InvariantCulture, $"http_{result.Status}"),
        LetterText.Clean(result.Message ?? Refusal(result), LetterText.MaxMessage),
        result.Attempts);

    /// <summary>What the provider said: <c>error.message</c> of its answer.</summary>
    private static string Refusal(in LineResult result)
    {
        var said = "";
        try
        {
            var reader = new Utf8JsonReader(result.Body.Span);
            if (reader.Read() && Find(ref reader, "error"u8) && Find(ref reader, "message"u8)
                && reader.TokenType == JsonTokenType.String)
            {
                said = reader.GetString()!;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Passed on as JSON, but with half of a surrogate pair in it.
            said = "";
        }

        return said.Length > 0
            ? said
            : string.Create(
                CultureInfo.InvariantCulture, $"The provider refused the request with status {result.Status}.");
    }

    /// <summary>Moves from the start of an object to the value of its member.</summary>
    private static bool Find(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(name);
            reader.Read();
            if (found)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }
}
