using Sluice.BatchStore.DeadLetters;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>A row of <c>dead_letters</c> without headers and body. Names are those of the columns.</summary>
internal sealed record LetterRow
{
    public Guid Id { get; init; }

    public LetterKind Kind { get; init; }

    public LetterState State { get; init; }

    public string? Tenant { get; init; }

    public string Code { get; init; } = "";

    public string Message { get; init; } = "";

    public int Attempts { get; init; }

    public string? TraceId { get; init; }

    /// <summary>UTC, as the driver reads timestamptz.</summary>
    public DateTime CreatedAt { get; init; }

    public long PayloadBytes { get; init; }

    public Guid? BatchId { get; init; }

    public int? ShardNo { get; init; }

    public int? Line { get; init; }

    public string? CustomId { get; init; }

    public Guid? BlobId { get; init; }

    public long? ByteOffset { get; init; }

    public int? ByteLength { get; init; }

    public string? Queue { get; init; }

    public LetterSource? Source { get; init; }

    public string? MessageType { get; init; }

    public Guid? MessageId { get; init; }

    public Guid? PreviousId { get; init; }

    public Guid? ReplayId { get; init; }

    public DateTime? ReplayedAt { get; init; }

    public Guid? FollowUpBatch { get; init; }

    public int? FollowUpLine { get; init; }
}
