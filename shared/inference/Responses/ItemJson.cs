using System.Buffers;

namespace Sluice.Inference.Responses;

/// <summary>Writes items and parts of the output.</summary>
internal static class ItemJson
{
    /// <param name="output">Where to.</param>
    /// <param name="item">The item with what it has.</param>
    /// <param name="status">What it is to say of itself, not always what it is.</param>
    public static void Write(IBufferWriter<byte> output, OutputItem item, ItemStatus status)
    {
        output.Write("{\"id\":"u8);
        output.WriteQuoted(item.Id);
        output.Write(",\"type\":"u8);
        output.WriteQuoted(TypeOf(item.Kind));
        output.Write(",\"status\":"u8);
        output.WriteQuoted(NameOf(status));
        switch (item.Kind)
        {
            case ItemKind.Message:
                output.Write(",\"role\":\"assistant\""u8);
                WriteContent(output, item);
                break;
            case ItemKind.FunctionCall:
                output.Write(",\"call_id\":"u8);
                output.WriteQuoted(item.CallId);
                output.Write(",\"name\":"u8);
                output.WriteQuoted(item.Name);
                output.Write(",\"arguments\":"u8);
                output.WriteQuoted(item.Parts[0].Text);
                break;
            default:
                output.Write(",\"summary\":[]"u8);
                WriteContent(output, item);
                break;
        }

        output.Write("}"u8);
    }

    public static void WritePart(IBufferWriter<byte> output, OutputPart part)
    {
        var names = PartNames.Of(part.Kind);
        output.Write("{\"type\":"u8);
        output.WriteQuoted(names.Utf8Type);
        output.Write(","u8);
        output.WriteQuoted(names.Utf8Member);
        output.Write(":"u8);
        output.WriteQuoted(part.Text);
        if (part.Kind == PartKind.Text)
        {
            output.Write(",\"annotations\":[]"u8);
            WriteLogprobs(output, part.Logprobs);
        }

        output.Write("}"u8);
    }

    public static void WriteLogprobs(IBufferWriter<byte> output, ReadOnlySpan<byte> logprobs)
    {
        output.Write(",\"logprobs\":["u8);
        output.Write(logprobs);
        output.Write("]"u8);
    }

    public static ItemKind? KindOf(ReadOnlySpan<byte> type)
    {
        foreach (var kind in Enum.GetValues<ItemKind>())
        {
            if (type.SequenceEqual(TypeOf(kind)))
            {
                return kind;
            }
        }

        return null;
    }

    public static ItemStatus StatusOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual(NameOf(ItemStatus.Incomplete)) ? ItemStatus.Incomplete : ItemStatus.Completed;

    private static void WriteContent(IBufferWriter<byte> output, OutputItem item)
    {
        output.Write(",\"content\":["u8);
        for (var index = 0; index < item.Parts.Count; index++)
        {
            output.Write(index == 0 ? ""u8 : ","u8);
            WritePart(output, item.Parts[index]);
        }

        output.Write("]"u8);
    }

    private static ReadOnlySpan<byte> TypeOf(ItemKind kind) => kind switch
    {
        ItemKind.Message => "message"u8,
        ItemKind.FunctionCall => "function_call"u8,
        _ => "reasoning"u8,
    };

    private static ReadOnlySpan<byte> NameOf(ItemStatus status) => status switch
    {
        ItemStatus.InProgress => "in_progress"u8,
        ItemStatus.Completed => "completed"u8,
        _ => "incomplete"u8,
    };
}
