namespace Sluice.BatchStore.Shards;

/// <summary>What became of an append whose outcome was unknown.</summary>
/// <param name="Lease">The lease to go on with; null when the shard is not ours any more.</param>
/// <param name="Committed">Whether the page is there: do not append it again.</param>
public readonly record struct RecoveredAppend(ShardLease? Lease, bool Committed);
