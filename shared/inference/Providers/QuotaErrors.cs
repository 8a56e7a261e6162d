using System.Text.Json;

namespace Sluice.Inference.Providers;

/// <summary>Tells a quota that is used up from a limit that passes.</summary>
public static class QuotaErrors
{
    /// <summary>Codes and types of errors that mean used-up quota, at OpenAI and others of its protocol.</summary>
    private static readonly string[] s_codes =
        ["insufficient_quota", "quota_exceeded", "billing_hard_limit_reached", "billing_not_active"];

    /// <summary>Whether the body of a refusal, UTF-8 JSON or anything else, says so.</summary>
    public static bool IsUsedUp(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("error", out var error)
                && error.ValueKind == JsonValueKind.Object
                && (IsQuota(error, "code") || IsQuota(error, "type"));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // No JSON, or a name or code with half of a surrogate pair, which is no known one.
            return false;
        }
    }

    private static bool IsQuota(JsonElement error, string member) =>
        error.TryGetProperty(member, out var value)
        && value.ValueKind == JsonValueKind.String
        && Array.Exists(s_codes, value.ValueEquals);
}
