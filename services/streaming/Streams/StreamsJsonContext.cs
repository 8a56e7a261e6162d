using System.Text.Json.Serialization;

namespace Sluice.Streaming.Streams;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReadToken))]
[JsonSerializable(typeof(StreamPage))]
internal sealed partial class StreamsJsonContext : JsonSerializerContext;
