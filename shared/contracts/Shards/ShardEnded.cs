namespace Sluice.Contracts.Shards;

/// <summary>
/// Published by a batch worker after the commit that ended a shard, handled by the scheduler to start a dispatch round
/// at once. Only a hint: the shards table is the truth and a short poll covers a lost one.
/// </summary>
public sealed record ShardEnded
{
    public required Guid BatchId { get; init; }

    public required int ShardNo { get; init; }
}
