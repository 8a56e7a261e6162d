namespace Sluice.Bench.Stream;

/// <summary>Samples in µs and their percentiles.</summary>
internal sealed class Latencies(IEnumerable<long> samples)
{
    private readonly long[] _sorted = [.. samples.Order()];

    public int Count => _sorted.Length;

    /// <summary>The percentile in milliseconds; 0 without samples.</summary>
    public double Percentile(double percent) =>
        _sorted.Length == 0 ? 0 : _sorted[(int)((_sorted.Length - 1) * percent / 100)] / 1_000.0;
}
