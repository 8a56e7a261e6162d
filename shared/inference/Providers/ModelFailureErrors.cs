using System.Text.Json;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Inference.Providers;

/// <summary>
/// What a caller is told about a failed call: the one place where provider failures become public errors.
/// </summary>
public static class ModelFailureErrors
{
    /// <summary>
    /// True for the provider's statuses that go to the caller as they are, with their body: the caller's own mistakes
    /// (400, 404, 409, 413, 422).
    /// </summary>
    public static bool IsPassedOn(this ModelFailure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure is { Kind: ModelFailureKind.Refused, Status: 400 or 404 or 409 or 413 or 422 };
    }

    /// <summary>The HTTP status and the error object for a failure, also for the error event in mid-stream.</summary>
    public static (int Status, OpenAiError Error) ToError(this ModelFailure failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure switch
        {
            { Kind: ModelFailureKind.Refused, Status: 429 } => (429, new(
                Text(failure, "message") ?? "The model provider is limiting requests; try again later.",
                OpenAiErrorType.RateLimit,
                null,
                Text(failure, "code") ?? "rate_limit_exceeded")),
            _ when failure.IsPassedOn() => (failure.Status, new(
                Text(failure, "message") ?? failure.Message,
                failure.Status == 404 ? OpenAiErrorType.NotFound : OpenAiErrorType.InvalidRequest,
                Text(failure, "param"),
                Text(failure, "code"))),
            { Kind: ModelFailureKind.TimedOut } =>
                (504, new(failure.Message, OpenAiErrorType.Server, null, "upstream_timeout")),
            { Kind: ModelFailureKind.Full } =>
                (503, new(failure.Message, OpenAiErrorType.Server, null, "provider_concurrency")),
            { Kind: ModelFailureKind.CircuitOpen } =>
                (503, new(failure.Message, OpenAiErrorType.Server, null, "provider_unavailable")),
            { Kind: ModelFailureKind.Diverged } =>
                (502, new(failure.Message, OpenAiErrorType.Server, null, "response_diverged")),
            _ => (502, new(failure.Message, OpenAiErrorType.Server, null, "upstream_error")),
        };
    }

    /// <summary>
    /// A text member of the provider's error object; null when there is none, the body is no JSON, or the text is none:
    /// half of a surrogate pair, or bytes that are no UTF-8.
    /// </summary>
    private static string? Text(ModelFailure failure, string member)
    {
        try
        {
            using var body = JsonDocument.Parse(failure.Body);
            return body.RootElement.ValueKind == JsonValueKind.Object
                && body.RootElement.TryGetProperty("error", out var error)
                && error.ValueKind == JsonValueKind.Object
                && error.TryGetProperty(member, out var value)
                && value.ValueKind == JsonValueKind.String
                    ? value.GetString()
                    : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
