using System.Text.Json.Serialization;

namespace Sluice.Streaming.Models;

/// <summary>Body of <c>GET /v1/models</c>.</summary>
internal sealed record ModelList(
    [property: JsonPropertyName("object")] string Object,
    [property: JsonPropertyName("data")] IReadOnlyList<ModelView> Data);
