using Sluice.ServiceDefaults.Errors;
using Yarp.ReverseProxy.Forwarder;

namespace Sluice.Gateway.Routing;

/// <summary>What YARP's forwarding errors mean to the caller.</summary>
internal static class UpstreamFailure
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>
    /// True when no connection was made, so that the service cannot have seen the request and its body is still unread.
    /// </summary>
    public static bool IsConnectFailure(IForwarderErrorFeature? error) =>
        error is { Error: ForwarderError.Request, Exception: HttpRequestException http }
        && http.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError;

    /// <summary>The refusal for an answer that has not started; the client's own faults keep their status.</summary>
    public static OpenAiErrorResult Refusal(IForwarderErrorFeature error) =>
        BadRequest(error.Exception) is { } bad
            ? ErrorResponses.ForStatus(bad.StatusCode, OwnMessage(bad))
            : error.Error switch
            {
                ForwarderError.RequestTimedOut => TimedOut(),
                ForwarderError.RequestBodyClient => ErrorResponses.ForStatus(
                    StatusCodes.Status400BadRequest, "The request body ended before it was complete."),
                ForwarderError.NoAvailableDestinations => Unavailable("No instance of the service is available now"),
                _ when IsConnectFailure(error) => Unavailable("The service cannot be reached now"),
                _ => Unavailable("The service ended before it answered"),
            };

    private static OpenAiErrorResult Unavailable(string message) =>
        OpenAiErrorResult.Unavailable($"{message}; try again.", RetryAfter, "unavailable");

    private static OpenAiErrorResult TimedOut() => new(
        StatusCodes.Status504GatewayTimeout, ErrorResponses.ForStatus(StatusCodes.Status504GatewayTimeout).Error)
    {
        RetryAfter = RetryAfter,
    };

    private static string? OwnMessage(BadHttpRequestException bad) =>
        bad is Limits.BodyTooLargeException ? bad.Message : null;

    private static BadHttpRequestException? BadRequest(Exception? failure) => failure switch
    {
        null => null,
        BadHttpRequestException bad => bad,
        AggregateException many => many.InnerExceptions.Select(BadRequest).FirstOrDefault(bad => bad is not null),
        _ => BadRequest(failure.InnerException),
    };
}
