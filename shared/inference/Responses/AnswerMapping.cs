using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Sluice.Inference.Responses;

/// <summary>Decides which items the chunks of an answer make, and when those are closed.</summary>
internal sealed class AnswerMapping(OutputItems items)
{
    private readonly FunctionCalls _calls = new();

    // The message or the reasoning that is being told.
    private OutputItem? _open;
    private Rerun? _rerun;
    private bool _differs;
    private byte[] _usage = [];
    private long _deltas;

    public OutputItems Items => items;

    /// <summary>
    /// Raw object as the provider sent it; of an answer that was cut before that, what was told. Else empty.
    /// </summary>
    public ReadOnlySpan<byte> Usage => _usage.Length == 0 && IsCut
        ? Encoding.UTF8.GetBytes($"{{\"completion_tokens\":{_deltas}}}")
        : _usage;

    /// <summary>The answer has ended before its end.</summary>
    public bool IsCut { get; set; }

    /// <summary>Why the provider stopped early; null when it did not.</summary>
    public string? IncompleteReason { get; private set; }

    public void BeginRerun()
    {
        _rerun = new Rerun(items.All);
        _calls.Begin(_rerun);
    }

    /// <summary>
    /// Writes the events of a chunk; false when a rerun differs, or when a call goes on that was told to be whole.
    /// </summary>
    public bool Add(ChunkSlices chunk)
    {
        AddText(ItemKind.Reasoning, PartKind.Reasoning, chunk.Reasoning);
        AddText(ItemKind.Message, PartKind.Text, chunk.Content, chunk.Logprobs);
        AddText(ItemKind.Message, PartKind.Refusal, chunk.Refusal);
        if (!chunk.ToolCalls.IsEmpty)
        {
            AddCalls(chunk.ToolCalls, chunk.IsWhole);
        }

        if (!chunk.FinishReason.IsEmpty)
        {
            IncompleteReason = chunk.FinishReason.SequenceEqual("length"u8) ? "max_output_tokens"
                : chunk.FinishReason.SequenceEqual("content_filter"u8) ? "content_filter"
                : null;
        }

        if (!chunk.Usage.IsEmpty)
        {
            _usage = chunk.Usage.ToArray();
        }

        return !_differs;
    }

    /// <summary>Closes all items; false, with nothing written, when a rerun was shorter than what was told.</summary>
    public bool TryEnd()
    {
        if (_differs || _rerun is { IsOver: false })
        {
            return false;
        }

        foreach (var call in _calls.All)
        {
            Open(call, []);
        }

        foreach (var item in items.All)
        {
            var isCut = IncompleteReason is not null && item.Index == items.All.Count - 1;
            items.Close(item, isCut ? ItemStatus.Incomplete : ItemStatus.Completed);
        }

        return true;
    }

    /// <summary>Takes in an event that was told before.</summary>
    public void Restore(ReplayedEvent one)
    {
        switch (one.Type)
        {
            case EventTypes.ItemAdded:
                var added = items.Restore(one.ItemKind, one.CallId, one.Name);
                if (added.Kind == ItemKind.FunctionCall)
                {
                    _calls.Restore(added);
                }
                else
                {
                    _open = added;
                }

                break;
            case EventTypes.PartAdded:
                one.ItemIn(items.All).Parts.Add(new OutputPart(one.PartKind));
                break;
            case EventTypes.PartDone:
                one.PartIn(items.All).Stage = PartStage.Done;
                break;
            case EventTypes.ItemDone:
                one.ItemIn(items.All).Status = one.ItemStatus;
                break;
            default:
                RestoreText(one);
                break;
        }
    }

    private void RestoreText(ReplayedEvent one)
    {
        if (PartNames.IsDelta(one.Type))
        {
            _deltas++;
            one.PartIn(items.All).Append(one.Delta, one.Logprobs);
        }
        else if (PartNames.IsDone(one.Type))
        {
            one.PartIn(items.All).Stage = PartStage.TextDone;
        }
        else
        {
            throw new JsonException($"'{one.Type}' is no event of ours.");
        }
    }

    private void AddText(
        ItemKind item, PartKind part, ReadOnlySpan<byte> text, ReadOnlySpan<byte> logprobs = default)
    {
        var length = text.Length;
        _differs |= _rerun?.TrySkip(part, ref text) == false;
        if (text.IsEmpty || _differs)
        {
            return;
        }

        if (_open is not { IsOpen: true } || _open.Kind != item)
        {
            items.Close(_open);
            _open = items.Open(item);
        }

        _deltas++;

        // Of a token that was told in part, the probabilities were told too.
        items.Add(_open, part, text, length == text.Length ? logprobs : default);
    }

    private void AddCalls(ReadOnlySpan<byte> calls, bool areWhole)
    {
        var elements = new JsonElements(calls);
        for (var position = 0; !_differs && elements.Next(); position++)
        {
            // Whole calls have no index: each is one of its own, whatever their ids.
            AddCall(ToolCallDelta.Read(elements.Raw, areWhole ? position : null));
        }
    }

    private void AddCall(ToolCallDelta delta)
    {
        var call = _calls.Of(delta);
        if (call.Item is null && delta.Name.IsEmpty)
        {
            call.Held.Write(delta.Arguments);
            return;
        }

        var arguments = delta.Arguments;
        _differs |= call is { Told: { } told, Item: { } item }
            && (!told.TrySkip(ref arguments) || !(delta.Name.IsEmpty || delta.Name.SequenceEqual(item.Name)));
        _differs |= !arguments.IsEmpty && call.Item is { Parts: [{ Stage: not PartStage.Open }] };
        if (!_differs)
        {
            Open(call, delta.Name);
            AddArguments(call.Item!, arguments);
        }
    }

    /// <summary>Tells a call whose name has become known, or never will.</summary>
    private void Open(FunctionCall call, ReadOnlySpan<byte> name)
    {
        if (call.Item is null)
        {
            items.Close(_open);
            call.Item = items.Open(ItemKind.FunctionCall, call.Id, name);
            AddArguments(call.Item, call.Held.WrittenSpan);
        }
    }

    private void AddArguments(OutputItem item, ReadOnlySpan<byte> arguments)
    {
        if (!arguments.IsEmpty)
        {
            _deltas++;
            items.Add(item, PartKind.Arguments, arguments, default);
        }
    }
}
