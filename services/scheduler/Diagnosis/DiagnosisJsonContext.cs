using System.Text.Json.Serialization;

namespace Sluice.Scheduler.Diagnosis;

/// <summary>JSON of diagnoses: snake_case.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DiagnosisView))]
internal sealed partial class DiagnosisJsonContext : JsonSerializerContext;
