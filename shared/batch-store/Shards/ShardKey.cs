namespace Sluice.BatchStore.Shards;

/// <summary>Primary key of a shard.</summary>
public readonly record struct ShardKey(Guid BatchId, int No);
