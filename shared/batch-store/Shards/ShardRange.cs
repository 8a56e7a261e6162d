namespace Sluice.BatchStore.Shards;

/// <summary>What a shard covers, and the epoch at which that was read.</summary>
/// <param name="Key">The shard.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="BlobId">The input file's bytes.</param>
/// <param name="FirstLine">1-based physical line number of the first line.</param>
/// <param name="Lines">Requests in it.</param>
/// <param name="ByteOffset">Where its first line begins.</param>
/// <param name="ByteLength">Bytes up to and including the last line's end.</param>
/// <param name="Attempt">How often it was taken; at 1 or less no page of it can exist.</param>
public sealed record ShardRange(
    ShardKey Key, int Epoch, Guid BlobId, long FirstLine, int Lines, long ByteOffset, long ByteLength, int Attempt);
