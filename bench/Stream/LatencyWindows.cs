namespace Sluice.Bench.Stream;

/// <summary>
/// The same load in some windows, one after the other. The disks of these machines stall for 30 to 150 ms at times,
/// also where nobody else writes, and one such stall is the p99 of the window that has it.
/// </summary>
internal sealed class LatencyWindows(IReadOnlyList<Latencies> windows)
{
    /// <summary>The median of the windows' percentiles, in ms.</summary>
    public double Median(double percent) => Figures.Median(windows.Select(window => window.Percentile(percent)));

    /// <summary>The percentile of the worst window, in ms.</summary>
    public double Worst(double percent) => windows.Max(window => window.Percentile(percent));
}
