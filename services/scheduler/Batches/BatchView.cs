namespace Sluice.Scheduler.Batches;

/// <summary>The batch object of the API. Times are Unix seconds; what has not happened is null.</summary>
internal sealed record BatchView
{
    public required string Id { get; init; }

    public string Object { get; } = "batch";

    public required string Endpoint { get; init; }

    public BatchErrorsView? Errors { get; init; }

    public required string InputFileId { get; init; }

    public required string CompletionWindow { get; init; }

    public required string Status { get; init; }

    public string? OutputFileId { get; init; }

    public string? ErrorFileId { get; init; }

    public required long CreatedAt { get; init; }

    public long? InProgressAt { get; init; }

    public long? ExpiresAt { get; init; }

    public long? FinalizingAt { get; init; }

    public long? CompletedAt { get; init; }

    public long? FailedAt { get; init; }

    public long? ExpiredAt { get; init; }

    public long? CancellingAt { get; init; }

    public long? CancelledAt { get; init; }

    public required RequestCountsView RequestCounts { get; init; }

    /// <summary>Tokens of the answers so far; null before the first.</summary>
    public UsageView? Usage { get; init; }

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>What other servers do not have.</summary>
    public required BatchExtrasView XSluice { get; init; }
}
