using System.Text.Json.Serialization;

namespace Sluice.Streaming.Models;

/// <summary>A model as the public surface shows it.</summary>
internal sealed record ModelView(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("object")] string Object,
    [property: JsonPropertyName("created")] long Created,
    [property: JsonPropertyName("owned_by")] string OwnedBy);
