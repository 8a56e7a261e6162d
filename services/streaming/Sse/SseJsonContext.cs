using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Streaming.Sse;

[JsonSerializable(typeof(OpenAiErrorBody))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class SseJsonContext : JsonSerializerContext;
