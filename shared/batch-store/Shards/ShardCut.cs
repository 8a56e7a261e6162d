namespace Sluice.BatchStore.Shards;

/// <summary>A run of whole lines of an input file, cut by validation.</summary>
/// <param name="No">Number in the batch, dense from 0.</param>
/// <param name="FirstLine">1-based physical line number of the first line.</param>
/// <param name="Lines">Requests in it: physical lines that are not blank, at least 1.</param>
/// <param name="ByteOffset">Where its first line begins in the blob.</param>
/// <param name="ByteLength">Bytes up to and including the last line's end.</param>
public readonly record struct ShardCut(int No, long FirstLine, int Lines, long ByteOffset, long ByteLength);
