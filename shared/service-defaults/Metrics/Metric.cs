using System.Collections.Concurrent;

namespace Sluice.ServiceDefaults.Metrics;

/// <summary>
/// All series of one exposed name. Thread-safe; holds at most <c>maxSeries</c> label sets (by a few more when several
/// threads bring new ones at the same moment) and one for the overflow.
/// </summary>
internal sealed class Metric
{
    private static readonly LabelSet Overflow = new([new("otel.metric.overflow", "true")]);

    private readonly ConcurrentDictionary<LabelSet, Series> _series = new(LabelSetComparer.Instance);
    private readonly ConcurrentDictionary<LabelSet, Series>
        .AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _byTags;
    private readonly int _maxSeries;

    // ConcurrentDictionary.Count takes all its locks; new label sets are counted here instead.
    private int _count;

    public Metric(MetricDescription description, int maxSeries, bool isObserved)
    {
        Description = description;
        IsObserved = isObserved;
        _maxSeries = maxSeries;
        _byTags = _series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
    }

    public MetricDescription Description { get; }

    /// <summary>Measured by a callback at each collection, not when something happens.</summary>
    public bool IsObserved { get; }

    public IEnumerable<KeyValuePair<LabelSet, Series>> Series => _series;

    public void Record(double measurement, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!_byTags.TryGetValue(tags, out var series))
        {
            series = Add(tags);
        }

        series.Record(measurement);
    }

    /// <summary>Forgets all series: observed instruments report those that still exist at every collection.</summary>
    public void Clear()
    {
        _series.Clear();
        Interlocked.Exchange(ref _count, 0);
    }

    private Series Add(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var fresh = new Series(Description.Kind, Description.Bounds);
        if (Volatile.Read(ref _count) >= _maxSeries)
        {
            return _series.GetOrAdd(Overflow, fresh);
        }

        if (_byTags.TryAdd(tags, fresh))
        {
            Interlocked.Increment(ref _count);
            return fresh;
        }

        return _byTags.TryGetValue(tags, out var winner) ? winner : fresh;
    }
}
