namespace Sluice.Inference.Responses;

/// <summary>How a response stands, for the response object; the constants are the states of the public API.</summary>
/// <param name="Status">Its <c>status</c>.</param>
internal sealed record ResponseStanding(string Status)
{
    public static ResponseStanding Queued { get; } = new("queued");

    public static ResponseStanding InProgress { get; } = new("in_progress");

    public static ResponseStanding Cancelled { get; } = new("cancelled");

    /// <summary>Unix seconds; null unless it is completed.</summary>
    public long? CompletedAt { get; init; }

    /// <summary>Why it is incomplete; null when it is not.</summary>
    public string? Incomplete { get; init; }

    /// <summary>Code and sentence of the failure; null without one.</summary>
    public (string Code, string Message)? Error { get; init; }
}
