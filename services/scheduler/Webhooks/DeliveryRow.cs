namespace Sluice.Scheduler.Webhooks;

/// <summary>A delivery as its tenant looks at it. Times of the driver are UTC.</summary>
internal sealed record DeliveryRow
{
    public required Guid Id { get; init; }

    public required Guid BatchId { get; init; }

    public required string EventType { get; init; }

    public required DateTime CreatedAt { get; init; }

    public required DeliveryState State { get; init; }

    public required int Attempts { get; init; }

    public int? LastStatus { get; init; }

    public string? LastError { get; init; }

    public DateTime? AttemptedAt { get; init; }
}
