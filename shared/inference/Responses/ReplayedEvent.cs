using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Sluice.Inference.Responses;

/// <summary>What an event of ours says, read back from its JSON. Texts are the insides of their JSON strings.</summary>
internal ref struct ReplayedEvent
{
    private ReadOnlySpan<byte> _item;
    private ReadOnlySpan<byte> _part;
    private int _outputIndex;
    private int _contentIndex;

    public string Type { get; private set; }

    public long SequenceNumber { get; private set; }

    public ReadOnlySpan<byte> Delta { get; private set; }

    /// <summary>The inside of the array.</summary>
    public ReadOnlySpan<byte> Logprobs { get; private set; }

    public readonly ReadOnlySpan<byte> CallId => TextOf(_item, "call_id"u8);

    public readonly ReadOnlySpan<byte> Name => TextOf(_item, "name"u8);

    public readonly ItemStatus ItemStatus => ItemJson.StatusOf(TextOf(_item, "status"u8));

    public readonly ItemKind ItemKind =>
        ItemJson.KindOf(TextOf(_item, "type"u8)) ?? throw new JsonException("An item of unknown type.");

    public readonly PartKind PartKind =>
        PartNames.KindOf(TextOf(_part, "type"u8)) ?? throw new JsonException("A part of unknown type.");

    /// <exception cref="JsonException">It is no event.</exception>
    public static ReplayedEvent Read(ReadOnlyMemory<byte> json)
    {
        var one = new ReplayedEvent { Type = "", SequenceNumber = -1 };
        var members = new JsonMembers(json.Span);
        while (members.Next())
        {
            one.Take(members);
        }

        return one.Type.Length > 0 && one.SequenceNumber >= 0
            ? one
            : throw new JsonException("An event has a type and a number.");
    }

    public readonly OutputItem ItemIn(IReadOnlyList<OutputItem> items) => _outputIndex < items.Count
        ? items[_outputIndex]
        : throw new JsonException("An event of an item that was not added.");

    public readonly OutputPart PartIn(IReadOnlyList<OutputItem> items) =>
        ItemIn(items).Parts is var parts && _contentIndex < parts.Count
            ? parts[_contentIndex]
            : throw new JsonException("An event of a part that was not added.");

    private void Take(JsonMembers member)
    {
        if (member.NameIs("type"u8))
        {
            Type = Encoding.UTF8.GetString(member.Text);
        }
        else if (member.NameIs("sequence_number"u8))
        {
            SequenceNumber = Number(member.Raw);
        }
        else if (member.NameIs("output_index"u8))
        {
            _outputIndex = (int)Number(member.Raw);
        }
        else if (member.NameIs("content_index"u8))
        {
            _contentIndex = (int)Number(member.Raw);
        }
        else if (member.NameIs("delta"u8))
        {
            Delta = member.Text;
        }
        else if (member.NameIs("logprobs"u8))
        {
            Logprobs = member.RawOf(JsonTokenType.StartArray) is { IsEmpty: false } array ? array[1..^1] : default;
        }
        else if (member.NameIs("item"u8))
        {
            _item = member.RawOf(JsonTokenType.StartObject);
        }
        else if (member.NameIs("part"u8))
        {
            _part = member.RawOf(JsonTokenType.StartObject);
        }
    }

    private static long Number(ReadOnlySpan<byte> json) =>
        Utf8Parser.TryParse(json, out long number, out _) && number >= 0
            ? number
            : throw new JsonException("A number of an event is none.");

    private static ReadOnlySpan<byte> TextOf(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.NameIs(name))
            {
                return members.Text;
            }
        }

        return default;
    }
}
