using System.Text.Json.Serialization;
using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.Watching;

/// <summary>JSON of what is shown of running batches: snake_case, nulls written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(BatchProgress))]
[JsonSerializable(typeof(ListView<ShardView>))]
internal sealed partial class WatchJsonContext : JsonSerializerContext;
