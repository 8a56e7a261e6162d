namespace Sluice.Streaming.Data;

internal static class StreamingSchema
{
    /// <summary>PostgreSQL schema of the response log and of the streaming instances.</summary>
    public const string Name = "streaming";
}
