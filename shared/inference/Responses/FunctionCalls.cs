namespace Sluice.Inference.Responses;

/// <summary>
/// Finds the call that a delta belongs to. Providers number calls by <c>index</c>; some leave it out, or number all
/// alike and only change the id.
/// </summary>
internal sealed class FunctionCalls
{
    private readonly Dictionary<int, FunctionCall> _byIndex = [];
    private readonly List<FunctionCall> _all = [];
    private Rerun? _rerun;

    public IReadOnlyList<FunctionCall> All => _all;

    /// <summary>Goes on with a call that was told before: the nth one has index n, and any id.</summary>
    public void Restore(OutputItem item)
    {
        var call = new FunctionCall { Item = item };
        _byIndex[_all.Count] = call;
        _all.Add(call);
    }

    /// <summary>All calls come anew; those that were told are taken for new ones in their order.</summary>
    public void Begin(Rerun rerun)
    {
        _rerun = rerun;
        _byIndex.Clear();
        _all.Clear();
    }

    public FunctionCall Of(ToolCallDelta delta)
    {
        var known = delta.Index is { } index ? _byIndex.GetValueOrDefault(index) : _all.LastOrDefault();
        if (known is null || IsAnother(known, delta))
        {
            known = _rerun?.NextCall() ?? new FunctionCall();
            _all.Add(known);
            _byIndex[delta.Index ?? (_all.Count - 1)] = known;
        }

        if (known.Id.Length == 0)
        {
            known.Id = delta.Id.ToArray();
        }

        return known;
    }

    private static bool IsAnother(FunctionCall known, ToolCallDelta delta) =>
        !delta.Id.IsEmpty && !delta.Name.IsEmpty && known.Id.Length > 0 && !delta.Id.SequenceEqual(known.Id);
}
