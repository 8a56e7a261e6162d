namespace Sluice.Scheduler.Forecasts;

/// <summary>Answer of GET /api/workers/suggested.</summary>
internal sealed record SuggestedWorkersView
{
    /// <summary>Workers that the backlog and its deadlines need.</summary>
    public required int Suggested { get; init; }

    /// <summary>Workers that live.</summary>
    public required int Alive { get; init; }

    /// <summary><c>idle</c>, <c>backlog</c> or <c>deadlines</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>Batches in progress, paused ones included.</summary>
    public required int Batches { get; init; }

    /// <summary>Lines without a result.</summary>
    public required double Lines { get; init; }

    /// <summary>Work: lines by the time that they need.</summary>
    public required double LineSeconds { get; init; }

    /// <summary>Lines that one busy worker runs at once.</summary>
    public required double LinesPerWorker { get; init; }
}
