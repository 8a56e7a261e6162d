namespace Sluice.ServiceDefaults.Metrics;

/// <summary>
/// The value of one label set; a histogram's too. Thread-safe by a lock that is held for a few instructions.
/// </summary>
internal sealed class Series(MetricKind kind, double[] bounds)
{
    private readonly Lock _lock = new();
    private readonly long[] _buckets = kind == MetricKind.Histogram ? new long[bounds.Length + 1] : [];
    private double _value;
    private long _count;

    public void Record(double measurement)
    {
        lock (_lock)
        {
            if (kind == MetricKind.Histogram)
            {
                var index = Array.BinarySearch(bounds, measurement);
                _buckets[index < 0 ? ~index : index]++;
                _count++;
            }

            _value = kind is MetricKind.Gauge or MetricKind.ObservedCounter ? measurement : _value + measurement;
        }
    }

    /// <summary>
    /// Sum or last value; for a histogram also its count and, in <paramref name="buckets"/>, each bucket's own count.
    /// </summary>
    public (double Value, long Count) Read(Span<long> buckets)
    {
        lock (_lock)
        {
            _buckets.CopyTo(buckets);
            return (_value, _count);
        }
    }
}
