using System.Text.Json.Serialization;

namespace Sluice.ServiceDefaults.Errors;

[JsonSerializable(typeof(OpenAiErrorBody))]
[JsonSerializable(typeof(ProblemBody))]
internal sealed partial class ErrorsJsonContext : JsonSerializerContext;
