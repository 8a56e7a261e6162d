namespace Sluice.Inference.OpenAiCompatible;

/// <summary>
/// Bounds a call in time: by a deadline, and from a stream's first content on by the longest silence instead. Only
/// waits count as silence: while the caller takes no chunk the provider is not asked. Setting a timer costs more than
/// a chunk does, so that of the silence runs on by itself and looks how long the wait of that moment has lasted. For
/// one call, one thread at a time beside the timer's.
/// </summary>
internal sealed class Deadline(CancellationToken caller) : IDisposable
{
    private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(caller);
    private Timer? _silence;
    private long _gapMs;
    private long _waitingSinceMs;

    public CancellationToken Token => _source.Token;

    /// <summary>The deadline passed, and the caller did not cancel.</summary>
    public bool HasPassed => _source.IsCancellationRequested && !caller.IsCancellationRequested;

    /// <summary>What is bounded now, for the failure's text.</summary>
    public string Waiting { get; private set; } = "";

    public void Set(TimeSpan span, string waiting)
    {
        Waiting = waiting;
        _source.CancelAfter(span);
    }

    /// <summary>In place of the deadline each wait is bounded, the one of now included. To be called once.</summary>
    public void SetGap(TimeSpan gap, string waiting)
    {
        Waiting = waiting;
        _source.CancelAfter(Timeout.InfiniteTimeSpan);
        _gapMs = (long)gap.TotalMilliseconds;
        _silence = new Timer(static one => ((Deadline)one!).Look(), this, Timeout.Infinite, Timeout.Infinite);
        _silence.Change(_gapMs, Timeout.Infinite);
    }

    /// <summary>From now on it is the provider that is waited for.</summary>
    public void BeginWait() => Volatile.Write(ref _waitingSinceMs, Environment.TickCount64);

    public void EndWait() => Volatile.Write(ref _waitingSinceMs, 0);

    public void Dispose()
    {
        _silence?.Dispose();
        _source.Dispose();
    }

    private void Look()
    {
        var since = Volatile.Read(ref _waitingSinceMs);
        var silentMs = since == 0 ? 0 : Environment.TickCount64 - since;
        try
        {
            if (silentMs >= _gapMs)
            {
                _source.Cancel();
            }
            else
            {
                _silence!.Change(_gapMs - silentMs, Timeout.Infinite);
            }
        }
        catch (ObjectDisposedException)
        {
            // The call has ended meanwhile.
        }
    }
}
