namespace Sluice.Scheduler.Webhooks;

/// <summary>A webhook's host leads to addresses that webhooks must not reach.</summary>
internal sealed class WebhookAddressException(string message) : Exception(message);
