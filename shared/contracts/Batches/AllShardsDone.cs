namespace Sluice.Contracts.Batches;

/// <summary>
/// Published by a dispatch round that finds a batch without an open shard, handled by the batch saga.
/// </summary>
public sealed record AllShardsDone
{
    public required Guid BatchId { get; init; }
}
