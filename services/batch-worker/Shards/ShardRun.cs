using Sluice.BatchStore.Shards;
using Sluice.BatchWorker.Flow;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// One shard that this process holds, or is about to take, and the four ways to hurry it along. Each includes the
/// ones before it: end the slice (no further line begins, those that have are finished), stop (finish those in flight,
/// give back those that wait), abort (cancel those in flight, commit what is finished), give up (write nothing more).
/// Thread-safe, except that <see cref="Lease"/> is written by one task at a time.
/// </summary>
internal sealed class ShardRun : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _slice = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isTaken;
    private volatile bool _isPaused;
    private volatile ProviderPark? _parked;
    private volatile ProviderPark? _limited;
    private string? _backFrom;
    private bool _isDisposed;

    public ShardRun(ShardLease lease, ShardClass shardClass)
    {
        (Lease, Key, Owner, Class) = (lease, lease.Key, lease.Owner, shardClass);
        (Sliced, Stopping, Aborted, GivenUp) = (_slice.Token, _stop.Token, _abort.Token, _giveUp.Token);
    }

    public ShardKey Key { get; }

    public Guid Owner { get; }

    /// <summary>Decides whose slot it has, and which lines go first.</summary>
    public ShardClass Class { get; }

    /// <summary>The epoch moves on when an append had an unknown outcome.</summary>
    public ShardLease Lease { get; set; }

    /// <summary>The table says that it is ours; until then a renewal does not expect it there.</summary>
    public bool IsTaken
    {
        get => _isTaken;
        set => _isTaken = value;
    }

    /// <summary>It stops because its batch is paused.</summary>
    public bool IsPaused => _isPaused;

    /// <summary>
    /// Places among <see cref="RunningShards"/>: 0 while it waits for all of them. Written by that class only.
    /// </summary>
    public int[] Places { get; } = new int[ShardClasses.All.Count];

    /// <summary>It waits for, or has, the process to itself. Written by <see cref="RunningShards"/> only.</summary>
    public int Turns { get; set; }

    /// <summary>Lines may be given back because their provider is parked. Set when the shard is taken.</summary>
    public bool MayPark { get; set; }

    /// <summary>
    /// Lines may be given back because they got nothing but rate limits for as long as they wait for that. Set when the
    /// shard is taken.
    /// </summary>
    public bool MayWaitForLimits { get; set; }

    /// <summary>How often in a row it went back for that, without a page. Set when the shard is taken.</summary>
    public int LimitedRuns { get; set; }

    /// <summary>
    /// How long lines that were given back for that wait, while others run; null for none. The longest of several.
    /// </summary>
    public ProviderPark? Limited => _limited;

    /// <summary>
    /// Answers 500 are taken for the lines' own, not for signs of a provider that is down. Set when the shard is taken.
    /// </summary>
    public bool OwnsErrors { get; set; }

    /// <summary>A further park because of answers 500 is the last one of that kind. Set when the shard is taken.
    /// </summary>
    public bool IsLastErrorPark { get; set; }

    /// <summary>Why lines were given back; null for none. The longest park of several.</summary>
    public ProviderPark? Parked => _parked;

    public CancellationToken Sliced { get; }

    public CancellationToken Stopping { get; }

    public CancellationToken Aborted { get; }

    public CancellationToken GivenUp { get; }

    /// <summary>Completes when this process has let go of the shard; never fails.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Set when the shard is taken: a provider because of which it was parked, and which is back.</summary>
    public void ComesBackFrom(string? provider) => Volatile.Write(ref _backFrom, provider);

    /// <summary>Whether the shard comes back because of this provider; true once.</summary>
    public bool TakeBack(string provider) =>
        Volatile.Read(ref _backFrom) is { } back
        && string.Equals(back, provider, StringComparison.Ordinal)
        && Interlocked.Exchange(ref _backFrom, null) is not null;

    /// <summary>A line is given back because of this. Always true.</summary>
    public bool Park(ProviderPark park)
    {
        lock (_lock)
        {
            _parked = _parked is { } other && other.Rest > park.Rest ? other : park;
        }

        return true;
    }

    /// <summary>A line is given back because its provider limits it, and maybe it alone.</summary>
    public void ParkLimited(ProviderPark park)
    {
        lock (_lock)
        {
            _limited = _limited is { } other && other.Rest > park.Rest ? other : park;
        }
    }

    /// <summary>Its slice begins.</summary>
    public void SliceAfter(TimeSpan length)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _slice.CancelAfter(length);
            }
        }
    }

    /// <summary>Stops it because its batch is paused.</summary>
    public void Pause()
    {
        _isPaused = true;
        Stop();
    }

    public void Stop()
    {
        Fire(_slice);
        Fire(_stop);
    }

    public void Abort()
    {
        Stop();
        Fire(_abort);
    }

    public void GiveUp()
    {
        Abort();
        Fire(_giveUp);
    }

    /// <summary>Completes <see cref="Ended"/>; hurrying the run along has no effect any more.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _slice.Dispose();
            _stop.Dispose();
            _abort.Dispose();
            _giveUp.Dispose();
        }

        _ended.TrySetResult();
    }

    /// <summary>The token reads as cancelled at once; what is registered on it runs on the pool.</summary>
    private void Fire(CancellationTokenSource source)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _ = source.CancelAsync();
            }
        }
    }
}
