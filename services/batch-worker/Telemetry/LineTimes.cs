using Sluice.BatchStore.Measures;
using Sluice.BatchStore.Shards;

namespace Sluice.BatchWorker.Telemetry;

/// <summary>
/// Collects how long lines take, by model, how many are in hand and called, and which shards' calls are refused because
/// of a limit, until they are reported. Bounded by the models that providers serve, as only lines that were answered
/// count, and by the shards that run between two reports. Thread-safe.
/// </summary>
internal sealed class LineTimes
{
    private readonly Lock _lock = new();
    private Dictionary<MeasureKey, Measure> _samples = [];
    private Dictionary<ShardLease, int> _limited = [];
    private int _inHand;
    private int _calls;

    public void Begin() => Interlocked.Increment(ref _inHand);

    public void End() => Interlocked.Decrement(ref _inHand);

    public void CallBegins() => Interlocked.Increment(ref _calls);

    public void CallEnds() => Interlocked.Decrement(ref _calls);

    public void Answered(string model, TimeSpan elapsed) =>
        Add(new(MeasureKind.LineTime, model), elapsed.TotalSeconds);

    /// <summary>A provider answered a call for a line of this shard with 429.</summary>
    public void Limited(ShardLease shard)
    {
        lock (_lock)
        {
            _limited[shard] = _limited.GetValueOrDefault(shard) + 1;
        }
    }

    /// <summary>Notes how many lines are in hand and called now; to be called while the worker is busy.</summary>
    public void SampleInHand()
    {
        if (Volatile.Read(ref _inHand) is var lines and > 0)
        {
            Add(new(MeasureKind.ParallelLines, ""), lines);
            Add(new(MeasureKind.ParallelCalls, ""), Volatile.Read(ref _calls));
        }
    }

    /// <summary>What was collected since the last call.</summary>
    public IReadOnlyCollection<KeyValuePair<MeasureKey, Measure>> Take()
    {
        lock (_lock)
        {
            var taken = _samples;
            _samples = [];
            return taken;
        }
    }

    /// <summary>Refused calls since the last call, by shard.</summary>
    public IReadOnlyCollection<KeyValuePair<ShardLease, int>> TakeLimited()
    {
        lock (_lock)
        {
            var taken = _limited;
            _limited = [];
            return taken;
        }
    }

    private void Add(MeasureKey key, double sample)
    {
        lock (_lock)
        {
            _samples[key] = _samples.GetValueOrDefault(key).Add(sample);
        }
    }
}
