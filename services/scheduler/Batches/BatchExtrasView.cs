using Sluice.Scheduler.Forecasts;

namespace Sluice.Scheduler.Batches;

/// <summary><c>x_sluice</c>: how urgent a batch is, and how far.</summary>
internal sealed record BatchExtrasView
{
    /// <summary>Its class: <c>critical</c>, <c>high</c>, <c>normal</c> or <c>low</c>.</summary>
    public required string Priority { get; init; }

    /// <summary>0 to 39, lower first; the tens are the class.</summary>
    public required int PriorityNumber { get; init; }

    /// <summary>Share of the lines that have a result, 0 to 1.</summary>
    public required double Progress { get; init; }

    /// <summary>
    /// Lines per second over the last half minute; null before the first result, and when the batch does not run.
    /// </summary>
    public double? Rate { get; init; }

    /// <summary>
    /// Seconds to the end that <see cref="Estimate"/> expects, before there is one at that rate; null while the batch
    /// is paused, when nobody can say, or there is no rest.
    /// </summary>
    public double? Eta { get; init; }

    /// <summary>Since when a client has it paused, in Unix seconds; null while it is not.</summary>
    public long? PausedAt { get; init; }

    /// <summary>When it is expected to end; null before a forecast was made.</summary>
    public EstimateView? Estimate { get; init; }

    /// <summary>
    /// Since when it would miss its deadline if it did not go first, in Unix seconds; null while it would not.
    /// </summary>
    public long? AtRiskSince { get; init; }

    public required ShardCountsView Shards { get; init; }

    /// <summary>The batch whose failed lines this one runs again; null for one of its own.</summary>
    public string? ReplayOf { get; init; }

    /// <summary>Bad lines of the input, also those that are not in <c>errors</c>.</summary>
    public required long InputErrors { get; init; }
}
