using System.Text.Json.Serialization;

namespace Sluice.Streaming.OpenAiResponses;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DeletedResponse))]
internal sealed partial class ResponsesJsonContext : JsonSerializerContext;
