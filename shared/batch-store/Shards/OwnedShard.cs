namespace Sluice.BatchStore.Shards;

/// <summary>A running shard of an instance, as read by a renewal.</summary>
public readonly record struct OwnedShard(ShardKey Key, int Epoch);
