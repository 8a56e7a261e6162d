using Sluice.Scheduler.Batches;

namespace Sluice.Scheduler.Watching;

/// <summary>Data of an event: where a batch stands. Each event says all of it, so that one may be missed.</summary>
internal sealed record BatchProgress
{
    /// <summary>The event's name.</summary>
    public required string Type { get; init; }

    public required string BatchId { get; init; }

    public required string Status { get; init; }

    public required RequestCountsView RequestCounts { get; init; }

    /// <summary>Share of the lines that have a result, 0 to 1.</summary>
    public required double Progress { get; init; }

    /// <summary>
    /// Lines per second over the last half minute; null before the first result, and when the batch does not run.
    /// </summary>
    public double? Rate { get; init; }

    /// <summary>Seconds to the expected end; null while it is paused, nobody can say, or there is no rest.</summary>
    public double? Eta { get; init; }

    /// <summary>Shards by state.</summary>
    public required IReadOnlyDictionary<string, int> Shards { get; init; }

    /// <summary>How often shards were run again: their worker died, or handed them back.</summary>
    public required int Retries { get; init; }

    /// <summary>Attempts at lines after their first.</summary>
    public required int LineRetries { get; init; }

    /// <summary>Why shards do not get on; empty when they do.</summary>
    public required IReadOnlyList<ShardCause> Causes { get; init; }

    public string? OutputFileId { get; init; }

    public string? ErrorFileId { get; init; }
}
