namespace Sluice.Scheduler.Forecasts;

/// <summary>When a batch is expected to end, in Unix seconds.</summary>
/// <param name="Earliest">Begin of the range, which holds 80 % of the ends.</param>
/// <param name="Expected">Best guess.</param>
/// <param name="Latest">End of the range.</param>
/// <param name="MadeAt">When that was foretold.</param>
/// <param name="FirstExpected">
/// What was foretold when the batch began, later by the time for which it was paused.
/// </param>
/// <param name="Error">
/// Seconds by which the batch ended after what was foretold when it began, negative for before; null until it has
/// completed.
/// </param>
internal sealed record EstimateView(
    long Earliest, long Expected, long Latest, long MadeAt, long FirstExpected, double? Error)
{
    public static EstimateView Of(StoredForecast forecast) => new(
        Seconds(forecast.Earliest),
        Seconds(forecast.Expected),
        Seconds(forecast.Latest),
        Seconds(forecast.MadeAt),
        Seconds(forecast.FirstExpected),
        forecast.Error is { } error ? Math.Round(error.TotalSeconds, 1) : null);

    private static long Seconds(DateTime utc) => new DateTimeOffset(utc).ToUnixTimeSeconds();
}
