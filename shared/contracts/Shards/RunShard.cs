namespace Sluice.Contracts.Shards;

/// <summary>
/// Sent by a dispatch round, handled by a batch worker: take the shard at this epoch and run its unfinished lines.
/// A message of an older epoch is stale and is dropped.
/// </summary>
public sealed record RunShard
{
    public required Guid BatchId { get; init; }

    /// <summary>Number of the shard in its batch, from 0.</summary>
    public required int ShardNo { get; init; }

    /// <summary>Epoch at which the shard was dispatched.</summary>
    public required int Epoch { get; init; }

    /// <summary>Priority class: 0 critical, 1 high, 2 normal, 3 low; null counts as normal.</summary>
    public int? Class { get; init; }
}
