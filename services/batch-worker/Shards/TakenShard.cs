using Sluice.BatchStore.Shards;
using Sluice.Durability.Instances;

namespace Sluice.BatchWorker.Shards;

/// <summary>A shard in hand and what there is to run of it.</summary>
/// <param name="Run">Registered in <see cref="RunningShards"/>.</param>
/// <param name="Range">What it covers.</param>
/// <param name="Instance">The incarnation that took it.</param>
internal sealed record TakenShard(ShardRun Run, ShardRange Range, InstanceLease Instance);
