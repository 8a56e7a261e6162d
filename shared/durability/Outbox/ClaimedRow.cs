namespace Sluice.Durability.Outbox;

/// <summary>A stored message under a relay's claim.</summary>
internal sealed record ClaimedRow(
    Guid Id,
    string Destination,
    Guid MessageId,
    string MessageType,
    string ContentType,
    byte[] Headers,
    byte[] Body,
    DateTimeOffset? ExpiresAt,
    int Attempts,
    int Refusals);
