namespace Sluice.Bench.Fanout;

/// <summary>One measurement at the given rate.</summary>
/// <param name="Result">What the readers got.</param>
/// <param name="CpuMicroseconds">CPU of the way's processes for one event delivered to one reader.</param>
internal sealed record FanoutRound(FanoutResult Result, double CpuMicroseconds)
{
    /// <summary>The round whose p99 is in the middle, with what was lost in all of them.</summary>
    public static FanoutRound Median(IReadOnlyList<FanoutRound> rounds)
    {
        var median = rounds.OrderBy(round => round.Result.Latencies.Percentile(99)).ElementAt(rounds.Count / 2);
        return median with
        {
            Result = median.Result with { Incomplete = rounds.Sum(round => round.Result.Incomplete) },
        };
    }
}
