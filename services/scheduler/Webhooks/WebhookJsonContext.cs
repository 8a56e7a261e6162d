using System.Text.Json.Serialization;
using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.Webhooks;

/// <summary>JSON of webhooks: snake_case, nulls written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WebhookView))]
[JsonSerializable(typeof(ListView<WebhookView>))]
[JsonSerializable(typeof(WebhookDeletedView))]
[JsonSerializable(typeof(ListView<DeliveryView>))]
internal sealed partial class WebhookJsonContext : JsonSerializerContext;
