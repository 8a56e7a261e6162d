namespace Sluice.Scheduler.Webhooks;

/// <summary>A delivery that is to be tried. Times of the driver are UTC.</summary>
internal sealed record DueDelivery(
    Guid Id, string Url, byte[] Secret, Guid BatchId, string EventType, DateTime CreatedAt);
