using System.Text.Json.Serialization;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Files;
using Sluice.Scheduler.Forecasts;

namespace Sluice.Scheduler.Api;

/// <summary>JSON of the public objects: snake_case, nulls written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FileView))]
[JsonSerializable(typeof(FileDeletedView))]
[JsonSerializable(typeof(ListView<FileView>))]
[JsonSerializable(typeof(BatchView))]
[JsonSerializable(typeof(ListView<BatchView>))]
[JsonSerializable(typeof(SuggestedWorkersView))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class SchedulerJsonContext : JsonSerializerContext;
