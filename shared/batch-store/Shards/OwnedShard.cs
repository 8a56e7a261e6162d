namespace Sluice.BatchStore.Shards;

/// <summary>A running shard of an instance, as read by a renewal.</summary>
/// <param name="Key">The shard.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="IsPaused">Its batch is paused: what has not begun is to be given back.</param>
public readonly record struct OwnedShard(ShardKey Key, int Epoch, bool IsPaused);
