using Sluice.BatchStore.Shards;

namespace Sluice.Scheduler.Dispatch;

/// <summary>How many shards of a batch a round claims in one turn of the batch, and at which class.</summary>
internal sealed record DispatchGrant(Guid BatchId, int Shards, ShardClass Class);
