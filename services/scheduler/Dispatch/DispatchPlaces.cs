using Sluice.BatchStore.Shards;

namespace Sluice.Scheduler.Dispatch;

/// <summary>
/// Room in the broker. What is outstanding takes places of its own class and of those below, never of those above:
/// workers have slots for each class, so a higher one need not wait until lower ones have ended.
/// </summary>
/// <param name="Window">Shards that may be outstanding.</param>
/// <param name="Outstanding">Shards in the broker or running, by the class at which they were dispatched.</param>
internal sealed record DispatchPlaces(int Window, IReadOnlyDictionary<ShardClass, int> Outstanding)
{
    public int Free(ShardClass shardClass) => Window - Outstanding.Where(o => o.Key <= shardClass).Sum(o => o.Value);
}
