using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Sluice.Inference.Responses;

/// <summary>
/// Escapes of half a surrogate pair (<c>\ud800</c> alone): valid JSON, but no text, and the framework throws when it
/// reads them. Everything here works on the escaped bytes and never decodes.
/// </summary>
internal static class JsonSurrogates
{
    /// <summary>Bytes of one <c>\uXXXX</c>.</summary>
    private const int EscapeBytes = 6;

    /// <summary>Where the first half pair stands; -1 when there is none.</summary>
    /// <param name="json">Valid JSON, or the inside of a JSON string.</param>
    public static int FirstLone(ReadOnlySpan<byte> json)
    {
        var at = 0;
        while (json[at..].IndexOf((byte)'\\') is >= 0 and var next)
        {
            at += next;
            var unit = Unit(json[at..]);
            if (!char.IsSurrogate(unit))
            {
                at += 2;
            }
            else if (char.IsHighSurrogate(unit) && char.IsLowSurrogate(Unit(json[(at + EscapeBytes)..])))
            {
                at += 2 * EscapeBytes;
            }
            else
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>Copies escaped text with U+FFFD in place of each half pair.</summary>
    public static void WriteReplaced(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        while (FirstLone(text) is >= 0 and var at)
        {
            output.Write(text[..at]);
            output.Write("\\ufffd"u8);
            text = text[(at + EscapeBytes)..];
        }

        output.Write(text);
    }

    /// <summary>True when a property's name has a half pair: such an object cannot be searched by name.</summary>
    /// <exception cref="JsonException">It is not valid JSON.</exception>
    public static bool HasLoneName(ReadOnlySpan<byte> json, JsonReaderOptions options)
    {
        var reader = new Utf8JsonReader(json, options);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && FirstLone(reader.ValueSpan) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The UTF-16 unit escaped at the start; NUL, which is no surrogate, for anything else.</summary>
    private static char Unit(ReadOnlySpan<byte> text) =>
        text.Length >= EscapeBytes && text[0] == '\\' && text[1] == 'u'
        && Utf8Parser.TryParse(text.Slice(2, 4), out ushort unit, out var digits, 'x') && digits == 4
            ? (char)unit
            : '\0';
}
