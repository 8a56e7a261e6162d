namespace Sluice.Streaming.FanOut;

/// <summary>
/// The readers that wait for a source's next frame. Where there are many, what they waited for is copied once and
/// handed to all with the wake-up: each of 1,000 readers took the window's lock twice for each event, and one that lost
/// its processor in there stopped the others. For its source alone, under its lock.
/// </summary>
internal sealed class WaitingReaders
{
    /// <summary>
    /// A few readers copy into buffers of their own, which they have: 25,000 arrays a second, of 500 streams with a
    /// reader each, are work for the garbage collector. Far from both: 1, and the 1,000 that it was measured with.
    /// </summary>
    private const int Many = 8;

    private readonly List<ReaderSignal> _signals = [];

    public void Add(ReaderSignal signal) => _signals.Add(signal);

    public void Remove(ReaderSignal signal) => _signals.Remove(signal);

    /// <summary>
    /// Lets readers have the frames before <paramref name="next"/>; those that wait are to be woken then.
    /// </summary>
    public void Release(FrameWindow frames, long next)
    {
        var from = frames.Readable;
        frames.Release(next);
        if (_signals.Count >= Many && ReleasedFrames.Copy(frames, from) is { } released)
        {
            // No lambda: it would make an object for each commit, also where nobody waits.
            foreach (var signal in _signals)
            {
                signal.Released = released;
            }
        }
    }

    /// <summary>Takes the only one there can be where there is no log; null when it does not wait.</summary>
    public ReaderSignal? TakeOne()
    {
        var signal = _signals.Count > 0 ? _signals[0] : null;
        _signals.Clear();
        return signal;
    }

    /// <summary>Takes all of them, for the caller to wake.</summary>
    public void TakeTo(List<ReaderSignal> woken)
    {
        woken.AddRange(_signals);
        _signals.Clear();
    }

    /// <summary>Wakes all of them, on the thread pool.</summary>
    public void Wake()
    {
        ReaderSignal.Wake(_signals);
        _signals.Clear();
    }
}
