using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Sluice.Inference.Chat;

namespace Sluice.Inference.Continuations;

/// <summary>
/// The usage of a whole answer whose start was sent as part of the prompt: what counted as prompt was answer. The total
/// is the same.
/// </summary>
internal static class PrefixUsage
{
    public static ChatChunk Of(ChatChunk chunk, int prefixTokens)
    {
        using var document = JsonDocument.Parse(chunk.Json);
        if (!document.RootElement.TryGetProperty("usage", out var usage) || usage.ValueKind != JsonValueKind.Object)
        {
            return chunk;
        }

        var json = chunk.Json.Span;
        var output = new ArrayBufferWriter<byte>(json.Length + 16);
        var copied = 0;
        foreach (var member in usage.EnumerateObject())
        {
            var change = member.NameEquals("prompt_tokens"u8) ? -prefixTokens
                : member.NameEquals("completion_tokens"u8) ? prefixTokens
                : 0;
            if (change != 0 && member.Value.ValueKind == JsonValueKind.Number
                && member.Value.TryGetInt64(out var count))
            {
                var raw = JsonMarshal.GetRawUtf8Value(member.Value);
                json.Overlaps(raw, out var start);
                output.Write(json[copied..start]);
                output.Write(Encoding.ASCII.GetBytes(
                    Math.Max(0, count + change).ToString(CultureInfo.InvariantCulture)));
                copied = start + raw.Length;
            }
        }

        output.Write(json[copied..]);
        return chunk with { Json = output.WrittenMemory };
    }
}
