using System.Text.Json.Serialization;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Streaming.Sse;

[JsonSerializable(typeof(OpenAiErrorBody))]
internal sealed partial class SseJsonContext : JsonSerializerContext;
