using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Log;

/// <summary>
/// What one response produced since its last commit: an entry of the journal or part of a row. Its bytes are the
/// response's own, which it uses again once the batch is settled.
/// </summary>
/// <param name="Response">Whose it is.</param>
/// <param name="Seq">Position of the first event.</param>
/// <param name="Count">Number of events; 0 where there is only a row to write.</param>
/// <param name="Payload">The events as <see cref="LogFormat"/> frames them.</param>
/// <param name="EndState">The response's last state when the last event ends it; else null.</param>
internal readonly record struct LogBatch(
    Response Response, long Seq, int Count, ReadOnlyMemory<byte> Payload, string? EndState)
{
    /// <summary>
    /// All that is not in a row yet, up to the last event of this batch, which then is in no journal. Null: it is.
    /// </summary>
    public LogRow? Row { get; init; }

    /// <summary>The response itself is not in the database yet.</summary>
    public bool IsFirst => Seq == 0;

    public long Next => Seq + Count;
}
