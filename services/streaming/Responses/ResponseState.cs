namespace Sluice.Streaming.Responses;

/// <summary>States of a response as they are stored.</summary>
internal static class ResponseState
{
    public const string Running = "running";

    public const string Completed = "completed";

    public const string Failed = "failed";

    public const string Cancelled = "cancelled";

    /// <summary>Of this process only, never stored: another instance has it.</summary>
    public const string Lost = "lost";
}
