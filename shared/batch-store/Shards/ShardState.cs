namespace Sluice.BatchStore.Shards;

/// <summary>
/// State of a shard, as stored. Ready → Dispatched → Running → Done; a dispatched or running one may go back to Ready
/// with the next epoch; any open one may be Closed, and finalization makes a closed one Done.
/// </summary>
public enum ShardState : short
{
    /// <summary>Waits in the table for a dispatch round.</summary>
    Ready = 0,

    /// <summary>Its RunShard message is on the way.</summary>
    Dispatched = 1,

    /// <summary>A worker holds it.</summary>
    Running = 2,

    /// <summary>Every line is in a result page.</summary>
    Done = 3,

    /// <summary>
    /// Its batch was cancelled or has expired: no page is accepted any more; finalization reports the lines that
    /// never ran.
    /// </summary>
    Closed = 4,
}
