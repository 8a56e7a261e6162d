using System.Text.Json.Serialization;
using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.Schedules;

/// <summary>JSON of schedules: snake_case, nulls written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ScheduleView))]
[JsonSerializable(typeof(ListView<ScheduleView>))]
[JsonSerializable(typeof(ScheduleDeletedView))]
internal sealed partial class ScheduleJsonContext : JsonSerializerContext;
