namespace Sluice.Contracts.Batches;

/// <summary>
/// Sent by the batch saga after it closed the batch's open shards, handled by the scheduler's finalization consumer:
/// write error entries for lines that never ran and the manifests of the output and error files.
/// </summary>
public sealed record FinalizeBatch
{
    public required Guid BatchId { get; init; }
}
