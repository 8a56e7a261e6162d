namespace Sluice.Scheduler.Webhooks;

/// <summary>A delivery that is to be tried, of a batch or of a job. Its secret is encrypted, times are UTC.</summary>
internal sealed record DueDelivery(
    Guid Id, Guid WebhookId, string Tenant, string Url, byte[] Secret, Guid BatchId, string EventType,
    DateTime CreatedAt, bool IsJob);
