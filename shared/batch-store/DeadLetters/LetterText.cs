using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Sluice.BatchStore.DeadLetters;

/// <summary>Makes foreign text fit for a column: PostgreSQL takes neither U+0000 nor half a surrogate pair.</summary>
public static class LetterText
{
    /// <summary>Characters of a cause's message that are kept.</summary>
    public const int MaxMessage = 2000;

    /// <summary>Characters of a code or a name that are kept.</summary>
    public const int MaxName = 512;

    private const char Replacement = '\uFFFD';

    /// <summary>
    /// The text, cut after <paramref name="maxLength"/> characters, with U+FFFD for what cannot be stored.
    /// </summary>
    public static string Clean(string text, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(text);
        var kept = text.Length > maxLength ? text.AsSpan(0, maxLength) : text;
        return IsClean(kept) && kept.Length == text.Length ? text : Replaced(kept);
    }

    /// <summary>The value of a JSON string, quotes included; null for anything else.</summary>
    public static string? OfJson(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            return reader.Read() && reader.TokenType == JsonTokenType.String
                ? Clean(reader.GetString()!, MaxName)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or half of a surrogate pair.
            return null;
        }
    }

    private static bool IsClean(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out var consumed) != OperationStatus.Done || rune.Value == 0)
            {
                return false;
            }

            text = text[consumed..];
        }

        return true;
    }

    private static string Replaced(ReadOnlySpan<char> text)
    {
        var clean = new StringBuilder(text.Length);
        while (!text.IsEmpty)
        {
            var status = Rune.DecodeFromUtf16(text, out var rune, out var consumed);
            if (status == OperationStatus.Done && rune.Value != 0)
            {
                clean.Append(text[..consumed]);
            }
            else
            {
                clean.Append(Replacement);
            }

            text = text[consumed..];
        }

        return clean.ToString();
    }
}
