using System.Text.Json.Serialization;

namespace Sluice.Streaming.Models;

[JsonSerializable(typeof(ModelList))]
internal sealed partial class ModelsJsonContext : JsonSerializerContext;
