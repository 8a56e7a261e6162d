namespace Sluice.BatchStore.Shards;

/// <summary>The classes of shards and their queues.</summary>
public static class ShardClasses
{
    /// <summary>Highest first.</summary>
    public static IReadOnlyList<ShardClass> All { get; } =
        [ShardClass.Critical, ShardClass.High, ShardClass.Normal, ShardClass.Low];

    /// <summary>Public name: <c>critical</c>, <c>high</c>, <c>normal</c>, <c>low</c>.</summary>
    public static string Name(this ShardClass shardClass) => shardClass switch
    {
        ShardClass.Critical => "critical",
        ShardClass.High => "high",
        ShardClass.Normal => "normal",
        ShardClass.Low => "low",
        _ => throw new ArgumentOutOfRangeException(nameof(shardClass), shardClass, "Not a class of shards."),
    };

    /// <summary>The queue that the scheduler sends <c>RunShard</c> of this class to, and workers consume.</summary>
    public static string Queue(this ShardClass shardClass) => "batch-shards-" + shardClass.Name();

    /// <summary>The class that a message carries; a message of an older release carries none and is normal.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is no class.</exception>
    public static ShardClass Of(int? number) => number switch
    {
        null => ShardClass.Normal,
        >= (int)ShardClass.Critical and <= (int)ShardClass.Low => (ShardClass)number,
        _ => throw new ArgumentOutOfRangeException(nameof(number), number, "Not a class of shards."),
    };
}
