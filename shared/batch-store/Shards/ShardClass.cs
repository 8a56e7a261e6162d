namespace Sluice.BatchStore.Shards;

/// <summary>
/// Priority class at which a shard is dispatched, as stored and as named in its queue; a lower number goes first.
/// </summary>
public enum ShardClass : short
{
    Critical = 0,

    High = 1,

    Normal = 2,

    Low = 3,
}
