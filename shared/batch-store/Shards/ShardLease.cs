namespace Sluice.BatchStore.Shards;

/// <summary>The right to write pages of a shard: valid as long as owner and epoch in the table are these.</summary>
/// <param name="Key">The shard.</param>
/// <param name="Epoch">Epoch at which it was taken.</param>
/// <param name="Owner">The instance that took it.</param>
public readonly record struct ShardLease(ShardKey Key, int Epoch, Guid Owner);
