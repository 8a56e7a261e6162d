namespace Sluice.Scheduler.Webhooks;

/// <summary>The answer to a deletion.</summary>
internal sealed record WebhookDeletedView(string Id)
{
    public string Object { get; } = "webhook_endpoint.deleted";

    public bool Deleted { get; } = true;
}
