namespace Sluice.Scheduler.Dispatch;

/// <summary>A batch in progress that has no open shard.</summary>
internal sealed record EndedBatch
{
    public required Guid BatchId { get; init; }

    /// <summary>Trace of the request that created it; null for none.</summary>
    public string? TraceParent { get; init; }
}
