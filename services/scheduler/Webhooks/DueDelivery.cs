namespace Sluice.Scheduler.Webhooks;

/// <summary>A delivery that is to be tried; its secret is encrypted. Times of the driver are UTC.</summary>
internal sealed record DueDelivery(
    Guid Id, Guid WebhookId, string Tenant, string Url, byte[] Secret, Guid BatchId, string EventType,
    DateTime CreatedAt);
