using System.Text.Json.Serialization;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.DeadLetters.Replays;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>JSON of the dead letters' objects: snake_case, nulls written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DeadLetterView))]
[JsonSerializable(typeof(ListView<DeadLetterView>))]
[JsonSerializable(typeof(CauseListView))]
[JsonSerializable(typeof(PurgeView))]
[JsonSerializable(typeof(ReplayView))]
internal sealed partial class DeadLettersJsonContext : JsonSerializerContext;
