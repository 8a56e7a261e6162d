using Sluice.BatchStore.Shards;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// One shard that this process holds, or is about to take, and the three ways to hurry it along. Each includes the
/// ones before it: stop (start no new line, finish those in flight), abort (cancel those in flight, commit what is
/// finished), give up (write nothing more). Thread-safe, except that <see cref="Lease"/> is written by one task at a
/// time.
/// </summary>
internal sealed class ShardRun : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isTaken;
    private bool _isDisposed;

    public ShardRun(ShardLease lease)
    {
        (Lease, Key, Owner) = (lease, lease.Key, lease.Owner);
        (Stopping, Aborted, GivenUp) = (_stop.Token, _abort.Token, _giveUp.Token);
    }

    public ShardKey Key { get; }

    public Guid Owner { get; }

    /// <summary>The epoch moves on when an append had an unknown outcome.</summary>
    public ShardLease Lease { get; set; }

    /// <summary>The table says that it is ours; until then a renewal does not expect it there.</summary>
    public bool IsTaken
    {
        get => _isTaken;
        set => _isTaken = value;
    }

    public CancellationToken Stopping { get; }

    public CancellationToken Aborted { get; }

    public CancellationToken GivenUp { get; }

    /// <summary>Completes when this process has let go of the shard; never fails.</summary>
    public Task Ended => _ended.Task;

    public void Stop() => Fire(_stop);

    public void StopAfter(TimeSpan delay) => _stop.CancelAfter(delay);

    public void Abort()
    {
        Fire(_stop);
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
