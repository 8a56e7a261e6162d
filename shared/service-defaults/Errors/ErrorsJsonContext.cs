using System.Text.Json.Serialization;

namespace Sluice.ServiceDefaults.Errors;

[JsonSerializable(typeof(OpenAiErrorBody))]
internal sealed partial class ErrorsJsonContext : JsonSerializerContext;
