namespace Sluice.BatchWorker.Lines;

/// <summary>
/// A line in hand. It begins with its first place at a provider; until then the end of its shard's slice takes it back,
/// and it may run elsewhere. Written by the task that runs it.
/// </summary>
/// <param name="number">1-based physical line number.</param>
/// <param name="begun">Called once, when it begins; null when nobody asks.</param>
internal sealed class LineInHand(long number, Action<long>? begun = null)
{
    public long Number => number;

    public bool HasBegun { get; private set; }

    /// <summary>From here on it stays with its shard. Repeating it changes nothing.</summary>
    public void Begin()
    {
        if (!HasBegun)
        {
            HasBegun = true;
            begun?.Invoke(number);
        }
    }
}
