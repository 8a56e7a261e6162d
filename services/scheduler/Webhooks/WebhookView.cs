using System.Text.Json.Serialization;
using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.Webhooks;

/// <summary>A webhook as the API shows it, as the official clients know it.</summary>
internal sealed record WebhookView
{
    public required string Id { get; init; }

    public string Object { get; } = "webhook_endpoint";

    public required string Name { get; init; }

    public required string Url { get; init; }

    public required IReadOnlyList<string> EventTypes { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>Shown once, in the answer to its creation.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SigningSecret { get; init; }

    public static WebhookView Of(Webhook webhook, byte[]? secret = null) => new()
    {
        Id = PublicId.Webhook(webhook.Id),
        Name = webhook.Name,
        Url = webhook.Url,
        EventTypes = webhook.EventTypes,
        CreatedAt = new DateTimeOffset(webhook.CreatedAt).ToUnixTimeSeconds(),
        SigningSecret = secret is null ? null : WebhookSecret.Show(secret),
    };
}
