namespace Sluice.Durability.Outbox;

/// <summary>A stored message, as it is inserted. The relay's columns are not part of the EF model.</summary>
internal sealed class OutboxRow
{
    /// <summary>Time-ordered, made by the writer: an insert returns nothing.</summary>
    public required Guid Id { get; init; }

    /// <summary>Short address: <c>exchange:name?options</c>. Never names a host, so that the broker may move.</summary>
    public required string Destination { get; init; }

    public required Guid MessageId { get; init; }

    /// <summary>URNs, separated by semicolons.</summary>
    public required string MessageType { get; init; }

    public required string ContentType { get; init; }

    /// <summary>UTF-8 JSON of <see cref="OutboxHeaders"/>.</summary>
    public required byte[] Headers { get; init; }

    /// <summary>The serialized message, published untouched.</summary>
    public required byte[] Body { get; init; }

    /// <summary>Token by which a scheduled message can be cancelled.</summary>
    public Guid? ScheduleId { get; init; }

    /// <summary>Null: at once, by the database's clock.</summary>
    public DateTimeOffset? DeliverAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}
