namespace Sluice.Streaming.Log;

/// <summary>A row of the log: <paramref name="Count"/> events from <paramref name="Seq"/> on.</summary>
internal sealed record LogRow(long Seq, int Count, short Format, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Position after its last event.</summary>
    public long Next => Seq + Count;
}
