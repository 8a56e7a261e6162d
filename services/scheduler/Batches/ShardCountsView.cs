namespace Sluice.Scheduler.Batches;

/// <summary>Shards of a batch: all, and those that have not ended.</summary>
internal sealed record ShardCountsView(int Total, int Open);
