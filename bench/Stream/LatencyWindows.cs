namespace Sluice.Bench.Stream;

/// <summary>
/// The same load in some windows, one after the other. The disks of these machines stall for 30 to 150 ms at times,
/// also where nobody else writes, and one such stall is the p99 of the window that has it.
/// </summary>
internal sealed class LatencyWindows(IReadOnlyList<Latencies> windows)
{
    /// <summary>The percentile of the median window, in ms; of an even number the better one of the middle.</summary>
    public double Median(double percent) =>
        windows.Select(window => window.Percentile(percent)).Order().ElementAt((windows.Count - 1) / 2);

    /// <summary>The percentile of the worst window, in ms.</summary>
    public double Worst(double percent) => windows.Max(window => window.Percentile(percent));
}
