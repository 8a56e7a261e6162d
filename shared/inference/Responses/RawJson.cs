using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Sluice.Inference.Responses;

/// <summary>
/// JSON written and cut as bytes. Texts of a provider are never decoded: they are the insides of JSON strings, which
/// can be joined as they are, whatever they escape.
/// </summary>
internal static class RawJson
{
    /// <summary>Events hold what providers and callers sent, a few levels deeper than they sent it.</summary>
    public const int MaxDepth = 128;

    /// <summary>Bytes of any <see cref="long"/>.</summary>
    private const int MaxDigits = 20;

    /// <summary>The raw value of a member of an object; empty without one.</summary>
    public static ReadOnlyMemory<byte> Member(ReadOnlyMemory<byte> json, ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("Not a JSON object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(name);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (isIt)
            {
                return json[start..(int)reader.BytesConsumed];
            }
        }

        return default;
    }

    public static void WriteNumber(this IBufferWriter<byte> output, long value)
    {
        Utf8Formatter.TryFormat(value, output.GetSpan(MaxDigits), out var written);
        output.Advance(written);
    }

    /// <summary>Text that is escaped already, in quotes.</summary>
    public static void WriteQuoted(this IBufferWriter<byte> output, ReadOnlySpan<byte> escaped)
    {
        output.Write("\""u8);
        output.Write(escaped);
        output.Write("\""u8);
    }

    /// <summary>Escapes a text of our own; half pairs become U+FFFD.</summary>
    public static byte[] Escape(string text) =>
        JsonEncodedText.Encode(Encoding.UTF8.GetBytes(text)).EncodedUtf8Bytes.ToArray();

    /// <summary>
    /// Copies valid JSON without the white space between its tokens: an event is one line, whatever the caller's body
    /// looks like.
    /// </summary>
    public static void WriteCompact(this IBufferWriter<byte> output, ReadOnlySpan<byte> json)
    {
        while (!json.IsEmpty)
        {
            var length = json[0] switch
            {
                (byte)'"' => StringLength(json),
                (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' => 0,
                _ => json.IndexOfAny("\" \t\r\n"u8) is >= 0 and var end ? end : json.Length,
            };
            output.Write(json[..length]);
            json = json[Math.Max(length, 1)..];
        }
    }

    /// <summary>Bytes up to the closing quote.</summary>
    private static int StringLength(ReadOnlySpan<byte> json)
    {
        var at = 1;
        while (json[at] != '"')
        {
            at += json[at] == '\\' ? 2 : 1;
        }

        return at + 1;
    }
}
