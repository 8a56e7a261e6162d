using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Sluice.BatchStore.Shards;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// The shards in hand of this process, at most <see cref="WorkerOptions.ConcurrentShards"/>, each key once: a shard
/// whose delivery was lost goes on under its lease, so the registry, not the broker, knows what runs. One in quarantine
/// takes all places, one after the other, while no other shard gets any: <c>_turn</c> is asked for a place first, in
/// the order of asking. Thread-safe.
/// </summary>
internal sealed class RunningShards(IOptions<WorkerOptions> options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<ShardKey, ShardRun> _runs = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly SemaphoreSlim _places = new(options.Value.ConcurrentShards);
    private volatile bool _isDraining;

    /// <summary>No shard is taken any more.</summary>
    public bool IsDraining => _isDraining;

    /// <summary>A snapshot.</summary>
    public ICollection<ShardRun> All => _runs.Values;

    public bool Contains(ShardKey key) => _runs.ContainsKey(key);

    /// <summary>
    /// Waits for a place and registers the run; returns the one that is registered for the key already, if any, or
    /// null when no place became free within a time slice.
    /// </summary>
    public async Task<ShardRun?> AddAsync(ShardRun run, CancellationToken cancellationToken)
    {
        if (!await TryGetPlaceAsync(cancellationToken))
        {
            return null;
        }

        run.Places = 1;
        var registered = _runs.GetOrAdd(run.Key, run);
        if (!ReferenceEquals(registered, run))
        {
            _places.Release();
        }
        else if (_isDraining)
        {
            run.Stop();
        }

        return registered;
    }

    /// <summary>
    /// Waits until nothing runs beside a registered run; until it ends, no other one begins. Those that ask at the same
    /// time have their turn one after the other: each gives its place up first, so that they do not wait in a circle.
    /// </summary>
    /// <exception cref="OperationCanceledException">The run stops; it is to be removed.</exception>
    public async Task AloneAsync(ShardRun run)
    {
        run.Places = 0;
        _places.Release();
        await _turn.WaitAsync(run.Stopping);
        run.HasTurn = true;
        while (run.Places < options.Value.ConcurrentShards)
        {
            await _places.WaitAsync(run.Stopping);
            run.Places++;
        }
    }

    /// <summary>Ends a registered run.</summary>
    public void Remove(ShardRun run)
    {
        _runs.TryRemove(new(run.Key, run));
        if (run.Places > 0)
        {
            _places.Release(run.Places);
        }

        if (run.HasTurn)
        {
            _turn.Release();
        }

        run.Dispose();
    }

    /// <summary>Stops all runs: no new line starts, and no new shard.</summary>
    public void Drain()
    {
        _isDraining = true;
        foreach (var run in All)
        {
            run.Stop();
        }
    }

    /// <summary>Waits until nothing is in hand; false when that took longer than <paramref name="patience"/>.</summary>
    public async Task<bool> EmptyAsync(TimeSpan patience)
    {
        var started = time.GetTimestamp();
        while (!_runs.IsEmpty)
        {
            if (time.GetElapsedTime(started) >= patience)
            {
                return false;
            }

            await Task.Delay(Poll, time);
        }

        return true;
    }

    public void Dispose()
    {
        _turn.Dispose();
        _places.Dispose();
    }

    private async Task<bool> TryGetPlaceAsync(CancellationToken cancellationToken)
    {
        var patience = options.Value.SliceFor;
        var asked = time.GetTimestamp();
        if (!await _turn.WaitAsync(patience, cancellationToken))
        {
            return false;
        }

        try
        {
            var left = patience - time.GetElapsedTime(asked);
            return await _places.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }
}
