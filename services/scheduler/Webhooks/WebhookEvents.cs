namespace Sluice.Scheduler.Webhooks;

/// <summary>The events that a webhook may ask for.</summary>
internal static class WebhookEvents
{
    public static readonly string[] All = ["batch.completed", "batch.failed", "batch.expired", "batch.cancelled"];

    /// <summary>The event of a batch that ended with this status.</summary>
    public static string OfBatch(string status) => $"batch.{status}";
}
