using System.Text.Json.Serialization;

namespace Sluice.ServiceDefaults.Errors;

/// <summary>The <c>error</c> member of the OpenAI surface; all four members are always written.</summary>
public sealed record OpenAiError(
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("param")] string? Param = null,
    [property: JsonPropertyName("code")] string? Code = null);
