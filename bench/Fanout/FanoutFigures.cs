namespace Sluice.Bench.Fanout;

/// <summary>All that was measured of one way.</summary>
/// <param name="Way">Name as shown.</param>
/// <param name="Steady">At the given rate.</param>
/// <param name="Highest">The best of the search; null when not even its first step was kept up with.</param>
/// <param name="LateMs">Median time of a late reader.</param>
/// <param name="IdleBytes">Memory of a reader that gets nothing; null where another way has the same process.</param>
internal sealed record FanoutFigures(
    string Way, FanoutRound Steady, FanoutResult? Highest, double LateMs, double? IdleBytes)
{
    public double P99 => Steady.Result.Latencies.Percentile(99);

    public double HighestRate => Highest?.Rate ?? 0;
}
