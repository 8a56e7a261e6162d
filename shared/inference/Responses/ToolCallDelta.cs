using System.Buffers.Text;
using System.Text.Json;

namespace Sluice.Inference.Responses;

/// <summary>One element of a delta's <c>tool_calls</c>; texts are the insides of their JSON strings.</summary>
internal ref struct ToolCallDelta
{
    /// <summary>Which call of the answer it belongs to; null when the provider does not say.</summary>
    public int? Index { get; private set; }

    public ReadOnlySpan<byte> Id { get; private set; }

    public ReadOnlySpan<byte> Name { get; private set; }

    public ReadOnlySpan<byte> Arguments { get; private set; }

    /// <param name="json">The element.</param>
    /// <param name="index">Its call where it does not say.</param>
    /// <exception cref="JsonException">It is not valid JSON.</exception>
    public static ToolCallDelta Read(ReadOnlySpan<byte> json, int? index = null)
    {
        var delta = new ToolCallDelta { Index = index };
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.NameIs("index"u8) && Utf8Parser.TryParse(members.Raw, out int said, out _))
            {
                delta.Index = said;
            }
            else if (members.NameIs("id"u8))
            {
                delta.Id = members.Text;
            }
            else if (members.NameIs("function"u8))
            {
                delta.ReadFunction(members.Raw);
            }
        }

        return delta;
    }

    private void ReadFunction(ReadOnlySpan<byte> function)
    {
        var members = new JsonMembers(function);
        while (members.Next())
        {
            if (members.NameIs("name"u8))
            {
                Name = members.Text;
            }
            else if (members.NameIs("arguments"u8))
            {
                Arguments = members.Text;
            }
        }
    }
}
