using System.Text.Json.Serialization;

namespace Sluice.Streaming.WebSockets;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SocketError))]
internal sealed partial class SocketJsonContext : JsonSerializerContext;
