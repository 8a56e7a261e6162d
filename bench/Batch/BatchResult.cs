namespace Sluice.Bench.Batch;

/// <summary>One measured batch.</summary>
/// <param name="Lines">That it had.</param>
/// <param name="Elapsed">From sending the POST to seeing <c>completed</c>.</param>
/// <param name="Upload">Of the input file, before that.</param>
/// <param name="Validation">From the POST to seeing <c>in_progress</c>.</param>
/// <param name="Finalization">From the end of the last shard to seeing <c>completed</c>.</param>
/// <param name="Download">Of the output file, after that, with the check of every answer.</param>
internal sealed record BatchResult(
    int Lines, TimeSpan Elapsed, TimeSpan Upload, TimeSpan Validation, TimeSpan Finalization, TimeSpan Download)
{
    public double LinesPerSecond => Lines / Elapsed.TotalSeconds;

    /// <summary>From <c>in_progress</c> to the end of the last shard.</summary>
    public TimeSpan Running => Elapsed - Validation - Finalization;
}
