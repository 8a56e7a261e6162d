namespace Sluice.BatchStore.Shards;

/// <summary>A shard that a dispatch round claimed; goes into <c>RunShard</c> in the same transaction.</summary>
public readonly record struct DispatchedShard(Guid BatchId, int No, int Epoch);
