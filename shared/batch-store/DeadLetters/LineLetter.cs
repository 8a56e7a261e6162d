namespace Sluice.BatchStore.DeadLetters;

/// <summary>A line that failed for good; commits with the page that holds its error entry.</summary>
/// <param name="Line">1-based physical line number.</param>
/// <param name="CustomId">The line's <c>custom_id</c>, decoded; null when it has none.</param>
/// <param name="ByteOffset">Where the line begins in the input file.</param>
/// <param name="ByteLength">Bytes without the line end; 0 when the line could not be read.</param>
/// <param name="Code">Stable code of the cause, as <c>http_422</c> or <c>upstream_timeout</c>.</param>
/// <param name="Message">What happened, for people.</param>
/// <param name="Attempts">Calls of a provider; 0 when there was none.</param>
public sealed record LineLetter(
    int Line, string? CustomId, long ByteOffset, int ByteLength, string Code, string Message, int Attempts)
{
    /// <summary>Code of a line that was not tried because its shard could not be run.</summary>
    public const string ShardFailed = "shard_failed";
}
