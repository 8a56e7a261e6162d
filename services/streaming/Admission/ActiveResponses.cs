using Microsoft.Extensions.Options;

namespace Sluice.Streaming.Admission;

/// <summary>
/// Counts running responses, the bytes of their requests, and readers; admits more within the bounds, and lets the
/// process drain in two steps: first nothing is taken over any more, while others learn that it drains; then no
/// response is admitted at all. Readers are (they read what is stored), and <see cref="Ended"/> is cancelled when time
/// is up. New requests come through <see cref="AdmissionQueue"/>; responses taken over enter before them. Thread-safe.
/// </summary>
internal sealed class ActiveResponses(IOptions<StreamingOptions> options) : IDisposable
{
    private readonly StreamingOptions _options = options.Value;
    private readonly CancellationTokenSource _closed = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private int _readers;
    private long _bytes;
    private volatile bool _drains;
    private volatile bool _isClosed;
    private volatile int _kept;
    private Action _changed = () => { };

    public int Count => Volatile.Read(ref _count);

    public int Readers => Volatile.Read(ref _readers);

    /// <summary>The process was asked to stop: new work is wanted elsewhere.</summary>
    public bool IsDraining => _drains;

    /// <summary>Places that become free are kept: there was none for some responses that others had left.</summary>
    public bool KeepsPlaces => _kept > 0;

    /// <summary>No new response is admitted any more.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Cancelled, on the pool, once <see cref="IsClosed"/>: sockets without work close then.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Cancelled when running responses have to end because the process does.</summary>
    public CancellationToken Ended => _ended.Token;

    public void Dispose()
    {
        _closed.Dispose();
        _ended.Dispose();
    }

    /// <summary>
    /// Sets who is told, on the thread that causes it, whenever a place may have become free or the drain begins. To be
    /// called once, before anyone enters.
    /// </summary>
    public void WhenChanged(Action changed) => _changed = changed;

    /// <summary>Admits a response that was taken over; every true needs one <see cref="Leave"/>.</summary>
    public bool TryEnter() => !_drains && TryEnter(_options.MaxActiveResponses);

    /// <summary>Admits a new response where no places are kept; every true needs one <see cref="Leave"/>.</summary>
    public bool TryEnterNew() => TryEnter(_options.MaxActiveResponses - _kept);

    public void Leave()
    {
        Interlocked.Decrement(ref _count);
        SetIfEmpty();
        _changed();
    }

    /// <summary>Keeps the next places that become free from new responses, for those that were taken over.</summary>
    /// <param name="places">0 gives them back.</param>
    public void Keep(int places)
    {
        _kept = places;
        _changed();
    }

    /// <summary>Admits a reader; every true needs one <see cref="LeaveReader"/>.</summary>
    public bool TryEnterReader()
    {
        if (Interlocked.Increment(ref _readers) <= _options.MaxReaders)
        {
            return true;
        }

        LeaveReader();
        return false;
    }

    public void LeaveReader()
    {
        Interlocked.Decrement(ref _readers);
        SetIfEmpty();
    }

    /// <summary>
    /// Reserves memory for a request body; every true needs <see cref="ReturnBytes"/> of the same size.
    /// </summary>
    public bool TryTakeBytes(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= _options.MaxBufferedRequestBytes)
        {
            return true;
        }

        ReturnBytes(bytes);
        return false;
    }

    /// <summary>Counts memory that is taken already; needs <see cref="ReturnBytes"/> of the same size.</summary>
    public void TakeBytes(long bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>The bound of that memory is reached.</summary>
    public bool IsMemoryFull => Volatile.Read(ref _bytes) >= _options.MaxBufferedRequestBytes;

    public void ReturnBytes(long bytes) => Interlocked.Add(ref _bytes, -bytes);

    /// <summary>Says that the process drains; new responses that can be handed over are still admitted.</summary>
    public void BeginDrain() => _drains = true;

    /// <summary>
    /// Admits no more responses and completes when the running ones have ended and all readers have left.
    /// </summary>
    public Task DrainAsync()
    {
        _drains = true;
        _isClosed = true;
        _ = _closed.CancelAsync();
        SetIfEmpty();
        _changed();
        return _empty.Task;
    }

    /// <summary>Ends what still runs.</summary>
    public Task EndAsync() => _ended.CancelAsync();

    private bool TryEnter(int bound)
    {
        // Never counted past the bound: whoever is refused must not look like a place that another one waits for.
        int count;
        do
        {
            count = Count;
            if (count >= bound || _isClosed)
            {
                return false;
            }
        }
        while (Interlocked.CompareExchange(ref _count, count + 1, count) != count);

        // Counted first and looked at afterwards, so that the drain sees whoever saw it not.
        if (!_isClosed)
        {
            return true;
        }

        Leave();
        return false;
    }

    private void SetIfEmpty()
    {
        if (_isClosed && Count == 0 && Readers == 0)
        {
            _empty.TrySetResult();
        }
    }
}
