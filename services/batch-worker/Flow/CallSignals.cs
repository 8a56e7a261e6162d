using System.Text.Json;
using Sluice.Inference.Providers;

namespace Sluice.BatchWorker.Flow;

/// <summary>Reads a provider's state off an answer.</summary>
internal static class CallSignals
{
    /// <summary>Codes and types of errors that mean used-up quota, at OpenAI and others of its protocol.</summary>
    private static readonly string[] QuotaCodes =
        ["insufficient_quota", "quota_exceeded", "billing_hard_limit_reached", "billing_not_active"];

    public static CallSignal Of(ModelAnswer answer) => answer switch
    {
        { IsSuccess: true } => CallSignal.Success,
        { Failure.Kind: ModelFailureKind.CircuitOpen } => CallSignal.Down,
        { Failure.Kind: ModelFailureKind.Full } => CallSignal.None,
        { Failure.Kind: ModelFailureKind.Garbage or ModelFailureKind.Diverged } => CallSignal.Alive,
        { Failure: not null } => CallSignal.Outage,
        { Status: 402 } => CallSignal.Quota,
        { Status: 429 } => IsQuota(answer.Body) ? CallSignal.Quota : CallSignal.Limited,
        { Status: 500 } => CallSignal.Error,
        { Status: 408 or >= 500 } => CallSignal.Outage,
        _ => CallSignal.Alive,
    };

    private static bool IsQuota(ReadOnlyMemory<byte> body)
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
        && Array.Exists(QuotaCodes, value.ValueEquals);
}
