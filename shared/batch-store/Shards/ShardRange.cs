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
    ShardKey Key, int Epoch, Guid BlobId, long FirstLine, int Lines, long ByteOffset, long ByteLength, int Attempt)
{
    /// <summary>How often a worker died with it, or stopped answering, without having committed a page of it.</summary>
    public int UncleanEnds { get; init; }

    /// <summary>The line that ran last while nothing ran beside it; 0 for none.</summary>
    public long TrialLine { get; init; }

    /// <summary>How often the process ended with that line.</summary>
    public int TrialEnds { get; init; }

    /// <summary>Runs in a row that ended with an error of ours and without a page.</summary>
    public int Failures { get; init; }

    /// <summary>How often it was parked since its last page.</summary>
    public int Parks { get; init; }

    /// <summary>How often in a row of <see cref="ShardReturn.Errors"/>, since its last page.</summary>
    public int ErrorParks { get; init; }

    /// <summary>
    /// Runs in a row, since its last page, that gave a line back because it got nothing but rate limits.
    /// </summary>
    public int LimitedRuns { get; init; }

    /// <summary>Answers 500 are taken for those of the batch's lines.</summary>
    public bool OwnsErrors { get; init; }

    /// <summary>The provider because of which it was parked, if it was brought back as that answers again.</summary>
    public string? BackFrom { get; init; }
}
