using Sluice.Scheduler.Forecasts;

namespace Sluice.Scheduler.Batches;

/// <summary>How fast a running batch gets on, and how long it still takes.</summary>
/// <param name="Rate">Lines per second of late; null before the first result, and when it does not run.</param>
/// <param name="Eta">Seconds to its end; null while nobody can say.</param>
internal readonly record struct BatchPace(double? Rate, double? Eta)
{
    private const double LeastSeconds = 1;

    // Without a mark of its own a batch counts from its beginning, for as long as a mark may be old.
    private const double MostSeconds = 30;

    /// <summary>
    /// Pure. Counts from the forecast's mark, which is at most half a minute old, so that neither waiting nor a pause
    /// before it slows the rate; a pause or a wait that lasts shows as a rate of 0.
    /// </summary>
    /// <param name="batch">The batch.</param>
    /// <param name="total">Lines.</param>
    /// <param name="done">Lines with a result.</param>
    /// <param name="forecast">Null before there is one.</param>
    /// <param name="now">The time that the forecast's is compared with.</param>
    public static BatchPace Of(
        BatchState batch, long total, long done, StoredForecast? forecast, DateTimeOffset now)
    {
        if (batch.CurrentState != nameof(BatchStateMachine.InProgress))
        {
            return default;
        }

        var rate = done > 0 ? Recent(batch, done, forecast, now) : null;
        var left = total - done;
        return new(
            rate is { } r ? Math.Round(r, 2) : null,
            left <= 0 || batch.PausedAt is not null || batch.CancelRequested ? null
            : forecast is not null ? Math.Round(Math.Max((forecast.Expected - now.UtcDateTime).TotalSeconds, 0), 1)
            : rate > 0 ? Math.Round(left / rate.Value, 1)
            : null);
    }

    private static double? Recent(BatchState batch, long done, StoredForecast? forecast, DateTimeOffset now)
    {
        if (forecast is { RateSeconds: >= LeastSeconds and var seconds, RateLines: { } lines })
        {
            return Math.Max(done - lines, 0) / seconds;
        }

        var running = (now - batch.InProgressAt)?.TotalSeconds;
        return running is > 0 and <= MostSeconds ? done / running : null;
    }
}
