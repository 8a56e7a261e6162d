using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.Webhooks;

/// <summary>A delivery as the API shows it. Times are Unix seconds.</summary>
internal sealed record DeliveryView
{
    /// <summary>Id of the event, which the receiver gets as <c>webhook-id</c>.</summary>
    public required string Id { get; init; }

    public string Object { get; } = "webhook_delivery";

    public required string EventType { get; init; }

    public required string BatchId { get; init; }

    /// <summary><c>pending</c>, <c>delivered</c> or <c>failed</c>.</summary>
    public required string Status { get; init; }

    public required int Attempts { get; init; }

    /// <summary>Status of the last answer; null when there was none.</summary>
    public int? LastStatus { get; init; }

    /// <summary>Why the last attempt failed; null when it did not.</summary>
    public string? LastError { get; init; }

    public required long CreatedAt { get; init; }

    public long? AttemptedAt { get; init; }

    public static DeliveryView Of(DeliveryRow row) => new()
    {
        Id = PublicId.Event(row.Id),
        EventType = row.EventType,
        BatchId = PublicId.Batch(row.BatchId),
        Status = row.State.ToString().ToLowerInvariant(),
        Attempts = row.Attempts,
        LastStatus = row.LastStatus,
        LastError = row.LastError,
        CreatedAt = new DateTimeOffset(row.CreatedAt).ToUnixTimeSeconds(),
        AttemptedAt = row.AttemptedAt is { } at ? new DateTimeOffset(at).ToUnixTimeSeconds() : null,
    };
}
