using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sluice.ServiceDefaults.Errors;

[JsonSerializable(typeof(OpenAiErrorBody))]
[JsonSerializable(typeof(ProblemBody))]
internal sealed partial class ErrorsJsonContext : JsonSerializerContext
{
    /// <summary>Leaves quotes and letters readable; the bodies are served as JSON, never inside HTML.</summary>
    public static ErrorsJsonContext Readable { get; } =
        new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
