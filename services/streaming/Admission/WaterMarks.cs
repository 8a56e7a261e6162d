namespace Sluice.Streaming.Admission;

/// <summary>
/// Whether a queue takes more: it shuts at the high mark and opens at the low one, so that under overload it does not
/// take every other request. Not thread-safe.
/// </summary>
/// <param name="high">Waiting requests at which it shuts; 0 for a queue that is always shut.</param>
/// <param name="low">Waiting requests at which it opens again; less than <paramref name="high"/>.</param>
internal sealed class WaterMarks(int high, int low)
{
    public static WaterMarks Of(StreamingOptions options) => new(
        (int)Math.Ceiling(options.QueueLength * options.HighWaterMark),
        (int)Math.Floor(options.QueueLength * options.LowWaterMark));

    /// <summary>No more are to be taken.</summary>
    public bool IsShut { get; private set; } = high == 0;

    /// <summary>To be told whenever the queue has changed.</summary>
    public void Set(int waiting) => IsShut = waiting >= high || (IsShut && waiting > low);
}
