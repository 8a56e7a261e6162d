using System.Buffers;
using System.Buffers.Text;

namespace Sluice.Inference.Responses;

/// <summary>Writes a chat completion's <c>usage</c> in the form of responses.</summary>
internal static class UsageJson
{
    /// <param name="output">Where to.</param>
    /// <param name="usage">Raw object; empty gives null.</param>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> usage)
    {
        if (usage.IsEmpty)
        {
            output.Write("null"u8);
            return;
        }

        var input = Count(usage, "prompt_tokens"u8) ?? 0;
        var answer = Count(usage, "completion_tokens"u8) ?? 0;
        output.Write("{\"input_tokens\":"u8);
        output.WriteNumber(input);
        output.Write(",\"input_tokens_details\":{\"cached_tokens\":"u8);
        output.WriteNumber(Count(Value(usage, "prompt_tokens_details"u8), "cached_tokens"u8) ?? 0);
        output.Write("},\"output_tokens\":"u8);
        output.WriteNumber(answer);
        output.Write(",\"output_tokens_details\":{\"reasoning_tokens\":"u8);
        output.WriteNumber(Count(Value(usage, "completion_tokens_details"u8), "reasoning_tokens"u8) ?? 0);
        output.Write("},\"total_tokens\":"u8);
        output.WriteNumber(Count(usage, "total_tokens"u8) ?? (input + answer));
        output.Write("}"u8);
    }

    /// <summary>A number of tokens; null when it is none.</summary>
    private static long? Count(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        var value = Value(json, name);
        return Utf8Parser.TryParse(value, out long count, out var length) && length == value.Length && count >= 0
            ? count
            : null;
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        if (json.IsEmpty)
        {
            return default;
        }

        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.NameIs(name))
            {
                return members.Raw;
            }
        }

        return default;
    }
}
