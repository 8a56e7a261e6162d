namespace Sluice.Durability.Inbox;

/// <summary>The fact that a consumer has consumed a message.</summary>
internal sealed class InboxRow
{
    /// <summary>Original message id: redeliveries keep it.</summary>
    public required Guid MessageId { get; init; }

    /// <summary>Hash of endpoint name, consumer type and message type.</summary>
    public required Guid Consumer { get; init; }
}
