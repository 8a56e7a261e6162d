using Sluice.Scheduler.Batches.Priorities;

namespace Sluice.Scheduler.Forecasts;

/// <summary>A batch in progress, as a forecast sees it.</summary>
internal sealed record ForecastBatch
{
    public required Guid BatchId { get; init; }

    public required string Tenant { get; init; }

    /// <summary>After ageing.</summary>
    public required BatchPriority Priority { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null for none.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Nothing of it is dispatched until it is resumed.</summary>
    public bool IsPaused { get; init; }

    /// <summary>Lines without a result, at least 0.</summary>
    public required double Lines { get; init; }

    /// <summary>Mean time of one of them, above 0.</summary>
    public required double SecondsPerLine { get; init; }

    /// <summary>
    /// How far the real time may be off, as a part of the predicted one: it may end between predicted / (1 + this) and
    /// predicted × (1 + this).
    /// </summary>
    public double Spread { get; init; }
}
