namespace Sluice.Durability.Outbox;

/// <summary>A message as bytes, to be sent as it is.</summary>
public sealed class StoredMessage
{
    /// <summary>Name of the exchange: of a queue the queue's.</summary>
    public required string Exchange { get; init; }

    public required Guid MessageId { get; init; }

    /// <summary>URNs, separated by semicolons.</summary>
    public required string MessageType { get; init; }

    public required string ContentType { get; init; }

    /// <summary>What <see cref="WireHeaders.ForReplay"/> made.</summary>
    public required byte[] Headers { get; init; }

    public required byte[] Body { get; init; }
}
