using System.Text.Json;
using Sluice.Inference.Providers;

namespace Sluice.Inference.OpenAiCompatible;

/// <summary>
/// What an exception of a call upstream means. Its text stays in the failure's detail, away from callers.
/// </summary>
internal static class UpstreamFailures
{
    /// <summary>Null for the caller's own cancellation and for what is no failure of a provider.</summary>
    public static ModelFailure? Of(Exception exception, Deadline deadline, CancellationToken caller)
    {
        var failure = exception switch
        {
            _ when caller.IsCancellationRequested => null,
            _ when deadline.HasPassed =>
                new(ModelFailureKind.TimedOut, $"The model provider did not answer in time ({deadline.Waiting})."),
            OperationCanceledException =>
                new(ModelFailureKind.TimedOut, "The model provider could not be reached in time."),
            HttpRequestException http => OfHttp(http.HttpRequestError),
            HttpIOException io => OfHttp(io.HttpRequestError),
            IOException => Cut(),
            InvalidDataException => new(ModelFailureKind.Garbage, "The model provider's answer is too large."),
            JsonException => new(ModelFailureKind.Garbage, "The model provider's answer is not what was asked for."),
            _ => (ModelFailure?)null,
        };
        return failure is null ? null : failure with { Detail = exception.Message };
    }

    public static ModelFailure Cut() =>
        new(ModelFailureKind.Cut, "The model provider ended the connection before its answer was complete.");

    private static ModelFailure OfHttp(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError =>
            new(ModelFailureKind.Unreachable, "The model provider could not be reached."),
        HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded =>
            new(ModelFailureKind.Garbage, "The model provider's answer is no valid HTTP."),
        _ => Cut(),
    };
}
