namespace Sluice.Contracts.Webhooks;

/// <summary>
/// Sent by the scheduler with the delivery's row, and again with each failed attempt, handled by the scheduler: send
/// the event to its receiver. One whose attempt is not the delivery's next one is of no use any more.
/// </summary>
public sealed record DeliverWebhook
{
    public required Guid DeliveryId { get; init; }

    /// <summary>1 for the first one.</summary>
    public required int Attempt { get; init; }
}
