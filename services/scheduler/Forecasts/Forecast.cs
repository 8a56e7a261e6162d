namespace Sluice.Scheduler.Forecasts;

/// <summary>When a batch is expected to end.</summary>
/// <param name="BatchId">The batch.</param>
/// <param name="Key">With which its error will be counted.</param>
/// <param name="Seconds">Time to its end as the order of dispatch says, without what errors have taught.</param>
internal sealed record Forecast(Guid BatchId, ErrorKey Key, double Seconds)
{
    /// <summary>Begin of the range, which holds <see cref="ForecastErrors.Coverage"/> of the real ends.</summary>
    public required DateTimeOffset Earliest { get; init; }

    /// <summary>The single best guess.</summary>
    public required DateTimeOffset Expected { get; init; }

    /// <summary>End of the range.</summary>
    public required DateTimeOffset Latest { get; init; }

    /// <summary>When the batch is to have ended; null for none.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Foretold as if the batch were resumed now.</summary>
    public bool IsPaused { get; init; }

    /// <summary>Lines without a result.</summary>
    public double Lines { get; init; }

    /// <summary>Whether it would miss its deadline unless it goes first in its class.</summary>
    public bool IsAtRisk { get; init; }

    /// <summary>
    /// Whether it goes first: it is at risk, and not lost already. Of work that is too much for all, what cannot be
    /// saved would take the rest along.
    /// </summary>
    public bool IsRaised { get; init; }
}
