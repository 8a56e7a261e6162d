using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Sluice.BatchStore.Shards;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// The shards in hand of this process, at most <see cref="WorkerOptions.ConcurrentShards"/>, each key once: a shard
/// whose delivery was lost goes on under its lease, so the registry, not the broker, knows what runs. Thread-safe.
/// </summary>
internal sealed class RunningShards(IOptions<WorkerOptions> options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<ShardKey, ShardRun> _runs = new();
    private readonly SemaphoreSlim _slots = new(options.Value.ConcurrentShards);
    private volatile bool _isDraining;

    /// <summary>No shard is taken any more.</summary>
    public bool IsDraining => _isDraining;

    /// <summary>A snapshot.</summary>
    public ICollection<ShardRun> All => _runs.Values;

    public bool Contains(ShardKey key) => _runs.ContainsKey(key);

    /// <summary>
    /// Waits for a slot and registers the run; returns the one that is registered for the key already, if any.
    /// </summary>
    public async Task<ShardRun> AddAsync(ShardRun run, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        var registered = _runs.GetOrAdd(run.Key, run);
        if (!ReferenceEquals(registered, run))
        {
            _slots.Release();
        }
        else if (_isDraining)
        {
            run.Stop();
        }

        return registered;
    }

    /// <summary>Ends a registered run.</summary>
    public void Remove(ShardRun run)
    {
        _runs.TryRemove(new(run.Key, run));
        _slots.Release();
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

    public void Dispose() => _slots.Dispose();
}
