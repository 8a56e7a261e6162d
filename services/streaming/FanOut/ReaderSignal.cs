using System.Threading.Tasks.Sources;

namespace Sluice.Streaming.FanOut;

/// <summary>
/// The reusable wait of one reader: no allocation per token. One waiter at a time; <see cref="Set"/> by whoever is
/// first, the commit or the end of the reader's request, and only the first one counts. The reader goes on within
/// <see cref="Set"/>: call it where that does no harm, <see cref="Wake"/> for many of them.
/// </summary>
internal sealed class ReaderSignal : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core;
    private int _isWaiting;

    /// <summary>What was waited for, where whoever ended the wait had it at hand; else null.</summary>
    public ReleasedFrames? Released { get; set; }

    public bool IsWaiting => Volatile.Read(ref _isWaiting) == 1;

    /// <summary>Begins a wait; from now on <see cref="Set"/> ends it.</summary>
    public ValueTask Arm()
    {
        Released = null;
        _core.Reset();
        Volatile.Write(ref _isWaiting, 1);
        return new ValueTask(this, _core.Version);
    }

    public void Set()
    {
        if (Interlocked.Exchange(ref _isWaiting, 0) == 1)
        {
            _core.SetResult(true);
        }
    }

    /// <summary>Sets many on the thread pool.</summary>
    public static void Wake(List<ReaderSignal> signals)
    {
        if (signals.Count > 0)
        {
            ReaderWakeUp.Queue([.. signals]);
        }
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags) => _core.OnCompleted(continuation, state, token, flags);
}
