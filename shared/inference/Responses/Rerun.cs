namespace Sluice.Inference.Responses;

/// <summary>
/// What was told before an answer is generated again, by kind of text, and the calls in their order. Two runs of a
/// deterministic provider agree in it; where they do not, nothing more can be told.
/// </summary>
internal sealed class Rerun
{
    private readonly RerunText[] _texts;
    private readonly List<FunctionCall> _allCalls;
    private readonly Queue<FunctionCall> _calls;

    public Rerun(IReadOnlyList<OutputItem> items)
    {
        var parts = items.SelectMany(i => i.Parts).ToLookup(p => p.Kind);
        _texts = [.. Enum.GetValues<PartKind>().Select(k => new RerunText(parts[k]))];
        _allCalls = [.. items.Where(i => i.Kind == ItemKind.FunctionCall)
            .Select(i => new FunctionCall { Item = i, Told = new RerunText(i.Parts) })];
        _calls = new(_allCalls);
    }

    /// <summary>All that was told has come again.</summary>
    public bool IsOver => _calls.Count == 0 && _allCalls.All(c => c.Told!.IsOver)
        && _texts[(int)PartKind.Text].IsOver
        && _texts[(int)PartKind.Refusal].IsOver
        && _texts[(int)PartKind.Reasoning].IsOver;

    public bool TrySkip(PartKind kind, ref ReadOnlySpan<byte> text) => _texts[(int)kind].TrySkip(ref text);

    /// <summary>The next call that was told; null when there is none left.</summary>
    public FunctionCall? NextCall() => _calls.TryDequeue(out var call) ? call : null;
}
