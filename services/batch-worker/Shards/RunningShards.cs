using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Sluice.BatchStore.Shards;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// The shards in hand of this process, at most <see cref="WorkerOptions.ConcurrentShards"/> of each class, each key
/// once: a shard whose delivery was lost goes on under its lease, so the registry, not the broker, knows what runs. One
/// in quarantine takes all places of all classes, one after the other, while no other shard gets any: the turn of a
/// class is asked for a place first, in the order of asking. Thread-safe.
/// </summary>
internal sealed class RunningShards(IOptions<WorkerOptions> options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<ShardKey, ShardRun> _runs = new();
    private readonly SemaphoreSlim[] _turns = [.. ShardClasses.All.Select(_ => new SemaphoreSlim(1))];
    private readonly SemaphoreSlim[] _places =
        [.. ShardClasses.All.Select(_ => new SemaphoreSlim(options.Value.ConcurrentShards))];

    private volatile bool _isDraining;

    /// <summary>No shard is taken any more.</summary>
    public bool IsDraining => _isDraining;

    /// <summary>A snapshot.</summary>
    public ICollection<ShardRun> All => _runs.Values;

    public bool Contains(ShardKey key) => _runs.ContainsKey(key);

    /// <summary>
    /// Waits for a place of its class and registers the run; returns the one that is registered for the key already, if
    /// any, or null when no place became free within a time slice.
    /// </summary>
    public async Task<ShardRun?> AddAsync(ShardRun run, CancellationToken cancellationToken)
    {
        if (!await TryGetPlaceAsync((int)run.Class, cancellationToken))
        {
            return null;
        }

        run.Places[(int)run.Class] = 1;
        var registered = _runs.GetOrAdd(run.Key, run);
        if (!ReferenceEquals(registered, run))
        {
            _places[(int)run.Class].Release();
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
        run.Places[(int)run.Class] = 0;
        _places[(int)run.Class].Release();

        // Always in this order, and nobody else waits for a second class: no two can wait for each other.
        for (var shardClass = 0; shardClass < _turns.Length; shardClass++)
        {
            await _turns[shardClass].WaitAsync(run.Stopping);
            run.Turns++;
            while (run.Places[shardClass] < options.Value.ConcurrentShards)
            {
                await _places[shardClass].WaitAsync(run.Stopping);
                run.Places[shardClass]++;
            }
        }
    }

    /// <summary>Ends a registered run.</summary>
    public void Remove(ShardRun run)
    {
        _runs.TryRemove(new(run.Key, run));
        for (var shardClass = 0; shardClass < _places.Length; shardClass++)
        {
            if (run.Places[shardClass] > 0)
            {
                _places[shardClass].Release(run.Places[shardClass]);
            }

            if (shardClass < run.Turns)
            {
                _turns[shardClass].Release();
            }
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
        Array.ForEach(_turns, turn => turn.Dispose());
        Array.ForEach(_places, places => places.Dispose());
    }

    private async Task<bool> TryGetPlaceAsync(int shardClass, CancellationToken cancellationToken)
    {
        var patience = options.Value.SliceFor;
        var asked = time.GetTimestamp();
        if (!await _turns[shardClass].WaitAsync(patience, cancellationToken))
        {
            return false;
        }

        try
        {
            var left = patience - time.GetElapsedTime(asked);
            return await _places[shardClass].WaitAsync(
                left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken);
        }
        finally
        {
            _turns[shardClass].Release();
        }
    }
}
