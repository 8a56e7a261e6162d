namespace Sluice.Bench.Batch;

/// <summary>One measured batch.</summary>
/// <param name="LinesPerSecond">From sending the POST to seeing <c>completed</c>.</param>
/// <param name="Upload">Of the input file, before that.</param>
/// <param name="Validation">From the POST to seeing <c>in_progress</c>.</param>
/// <param name="Running">From there to the last shard's end.</param>
/// <param name="Finalization">From there to seeing <c>completed</c>.</param>
/// <param name="Download">Of the output file, after that.</param>
internal sealed record BatchResult(
    double LinesPerSecond, TimeSpan Upload, TimeSpan Validation, TimeSpan Running, TimeSpan Finalization,
    TimeSpan Download);
