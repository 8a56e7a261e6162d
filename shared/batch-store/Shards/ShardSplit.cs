namespace Sluice.BatchStore.Shards;

/// <summary>Where a running shard is cut in two.</summary>
/// <param name="Lines">Requests that it keeps; at least 1 and fewer than it has.</param>
/// <param name="Bytes">Bytes that it keeps, the line end before <paramref name="NextLine"/> included.</param>
/// <param name="NextLine">1-based physical number of the first line that goes to the new shard.</param>
public readonly record struct ShardSplit(int Lines, long Bytes, long NextLine);
