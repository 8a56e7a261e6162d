using System.Text.Json.Serialization;

namespace Sluice.ServiceDefaults.Errors;

/// <summary>
/// Problem details (RFC 9457) of <c>/api/*</c>, with a stable <c>code</c> to branch on, and the field to blame where
/// one is.
/// </summary>
public sealed record ProblemBody(
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("title")] string Title,
    [property: JsonPropertyName("status")] int Status,
    [property: JsonPropertyName("detail")] string Detail,
    [property: JsonPropertyName("code")] string Code,
    [property: JsonPropertyName("param"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Param,
    [property: JsonPropertyName("request_id")] string RequestId);
