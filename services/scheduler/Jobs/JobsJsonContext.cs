using System.Text.Json.Serialization;
using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.Jobs;

/// <summary>JSON of <c>/api/jobs</c>: snake_case, nulls written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JobView))]
[JsonSerializable(typeof(ListView<JobView>))]
internal sealed partial class JobsJsonContext : JsonSerializerContext;
