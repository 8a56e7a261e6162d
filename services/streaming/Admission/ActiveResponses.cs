using Microsoft.Extensions.Options;

namespace Sluice.Streaming.Admission;

/// <summary>
/// Counts running responses, the bytes of their requests, and readers; admits more within the bounds, and lets the
/// process drain: once it drains no response is admitted, readers are (they read what is stored), and <see
/// cref="Ended"/> is cancelled when time is up. Thread-safe.
/// </summary>
internal sealed class ActiveResponses(IOptions<StreamingOptions> options) : IDisposable
{
    private readonly StreamingOptions _options = options.Value;
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private int _readers;
    private long _bytes;
    private volatile bool _drains;

    public int Count => Volatile.Read(ref _count);

    public int Readers => Volatile.Read(ref _readers);

    public bool IsDraining => _drains;

    /// <summary>Cancelled when running responses have to end because the process does.</summary>
    public CancellationToken Ended => _ended.Token;

    public void Dispose() => _ended.Dispose();

    /// <summary>Admits a response; every true needs one <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        // Counted first and looked at afterwards, so that the drain sees whoever saw it not.
        if (Interlocked.Increment(ref _count) <= _options.MaxActiveResponses && !_drains)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave()
    {
        Interlocked.Decrement(ref _count);
        SetIfEmpty();
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

    public void ReturnBytes(long bytes) => Interlocked.Add(ref _bytes, -bytes);

    /// <summary>
    /// Admits no more responses and completes when the running ones have ended and all readers have left.
    /// </summary>
    public Task DrainAsync()
    {
        _drains = true;
        SetIfEmpty();
        return _empty.Task;
    }

    /// <summary>Ends what still runs.</summary>
    public Task EndAsync() => _ended.CancelAsync();

    private void SetIfEmpty()
    {
        if (_drains && Count == 0 && Readers == 0)
        {
            _empty.TrySetResult();
        }
    }
}
