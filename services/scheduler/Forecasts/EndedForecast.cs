namespace Sluice.Scheduler.Forecasts;

/// <summary>A batch that has ended, and what was foretold when it began. Times in UTC.</summary>
internal sealed record EndedForecast
{
    public required Guid BatchId { get; init; }

    /// <summary>When it ended, or its time was up; null when it was cancelled.</summary>
    public DateTime? EndedAt { get; init; }

    /// <summary>Real end minus first forecast; null unless it has completed.</summary>
    public TimeSpan? Error { get; init; }

    /// <summary>How long before its end the first forecast was made; null unless it has completed.</summary>
    public TimeSpan? Ahead { get; init; }
}
