namespace Sluice.Scheduler.Forecasts;

/// <summary>The forecast of a batch as stored; times as the driver reads them, in UTC.</summary>
internal sealed record StoredForecast
{
    public required Guid BatchId { get; init; }

    public required DateTime MadeAt { get; init; }

    public required DateTime Earliest { get; init; }

    public required DateTime Expected { get; init; }

    public required DateTime Latest { get; init; }

    /// <summary>Null while it would meet its deadline.</summary>
    public DateTime? AtRiskSince { get; init; }

    public required DateTime FirstExpected { get; init; }

    /// <summary>Age of the mark that the rate is counted from; null before there is one.</summary>
    public double? RateSeconds { get; init; }

    /// <summary>Lines that had a result then.</summary>
    public long? RateLines { get; init; }

    /// <summary>Real end minus first forecast; null until the batch has completed.</summary>
    public TimeSpan? Error { get; init; }
}
