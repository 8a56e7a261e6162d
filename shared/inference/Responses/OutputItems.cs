using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sluice.Inference.Responses;

/// <summary>
/// The output so far, and the events that say how it grows. Ids follow from the response's id and the place of the
/// item, so that a takeover on another machine gives the same ones.
/// </summary>
internal sealed class OutputItems(string responseId, EventWriter events)
{
    private readonly List<OutputItem> _items = [];
    private readonly HashSet<string> _callIds = new(StringComparer.Ordinal);

    // What follows the prefix: resp_1a2b gives msg_1a2b_0.
    private readonly string _tail = responseId[(responseId.LastIndexOfAny(['_', '-']) + 1)..];

    public IReadOnlyList<OutputItem> All => _items;

    /// <summary>Adds an item without telling anyone: it was told before a takeover.</summary>
    public OutputItem Restore(ItemKind kind, ReadOnlySpan<byte> callId = default, ReadOnlySpan<byte> name = default)
    {
        var prefix = kind switch
        {
            ItemKind.Message => "msg",
            ItemKind.FunctionCall => "fc",
            _ => "rs",
        };
        var item = new OutputItem(kind, _items.Count, IdOf(prefix))
        {
            CallId = kind == ItemKind.FunctionCall ? UniqueCallId(callId) : [],
            Name = name.ToArray(),
        };
        _items.Add(item);
        return item;
    }

    public OutputItem Open(ItemKind kind, ReadOnlySpan<byte> callId = default, ReadOnlySpan<byte> name = default)
    {
        var item = Restore(kind, callId, name);
        events.Begin(EventTypes.ItemAdded);
        WriteItem(item, ItemStatus.InProgress);
        return item;
    }

    /// <summary>Adds a text to an item, in a new part when the last one is of another kind or closed.</summary>
    public void Add(OutputItem item, PartKind kind, ReadOnlySpan<byte> text, ReadOnlySpan<byte> logprobs)
    {
        var part = item.Parts.LastOrDefault();
        if (part is null || part.Kind != kind || part.Stage != PartStage.Open)
        {
            ClosePart(item, part);
            part = OpenPart(item, kind);
        }

        part.Append(text, logprobs);
        BeginPart(PartNames.Of(kind).Delta, item, part);
        events.Output.Write(",\"delta\":"u8);
        events.Output.WriteQuoted(text);
        if (kind == PartKind.Text)
        {
            ItemJson.WriteLogprobs(events.Output, logprobs);
        }

        events.End();
    }

    /// <summary>Writes what is missing of the events that end an item.</summary>
    public void Close(OutputItem? item, ItemStatus status = ItemStatus.Completed)
    {
        if (item is not { IsOpen: true })
        {
            return;
        }

        ClosePart(item, item.Parts.LastOrDefault());
        item.Status = status;
        events.Begin(EventTypes.ItemDone);
        WriteItem(item, status);
    }

    private OutputPart OpenPart(OutputItem item, PartKind kind)
    {
        var part = new OutputPart(kind);
        item.Parts.Add(part);
        WritePart(EventTypes.PartAdded, item, part);
        return part;
    }

    private void ClosePart(OutputItem item, OutputPart? part)
    {
        if (part is { Stage: PartStage.Open })
        {
            var names = PartNames.Of(part.Kind);
            BeginPart(names.Done, item, part);
            events.Output.Write(","u8);
            events.Output.WriteQuoted(names.Utf8Member);
            events.Output.Write(":"u8);
            events.Output.WriteQuoted(part.Text);
            if (part.Kind == PartKind.Text)
            {
                ItemJson.WriteLogprobs(events.Output, part.Logprobs);
            }

            events.End();
            part.Stage = PartStage.TextDone;
        }

        if (part is { Stage: PartStage.TextDone, Kind: not PartKind.Arguments })
        {
            WritePart(EventTypes.PartDone, item, part);
            part.Stage = PartStage.Done;
        }
    }

    private void BeginPart(string type, OutputItem item, OutputPart part)
    {
        if (part.Kind == PartKind.Arguments)
        {
            events.BeginFor(type, item);
        }
        else
        {
            // Only the last part of an item is ever written about.
            events.BeginFor(type, item, item.Parts.Count - 1);
        }
    }

    private void WritePart(string type, OutputItem item, OutputPart part)
    {
        BeginPart(type, item, part);
        events.Output.Write(",\"part\":"u8);
        ItemJson.WritePart(events.Output, part);
        events.End();
    }

    private void WriteItem(OutputItem item, ItemStatus status)
    {
        events.Output.Write(",\"output_index\":"u8);
        events.Output.WriteNumber(item.Index);
        events.Output.Write(",\"item\":"u8);
        ItemJson.Write(events.Output, item, status);
        events.End();
    }

    /// <summary>
    /// The provider's, unless it gave none or the same one twice: readers find calls by it.
    /// </summary>
    private byte[] UniqueCallId(ReadOnlySpan<byte> callId)
    {
        if (!callId.IsEmpty && _callIds.Add(Encoding.UTF8.GetString(callId)))
        {
            return callId.ToArray();
        }

        var own = IdOf("call");
        _callIds.Add(Encoding.UTF8.GetString(own));
        return own;
    }

    private byte[] IdOf(string prefix) =>
        RawJson.Escape(string.Create(CultureInfo.InvariantCulture, $"{prefix}_{_tail}_{_items.Count}"));
}
