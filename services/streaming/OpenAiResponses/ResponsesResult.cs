using System.Text.Json;
using Sluice.Inference.Responses;
using Sluice.ServiceDefaults.Errors;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.OpenAiResponses;

/// <summary>The response object as an answer to the one who waited for it.</summary>
internal static class ResponsesResult
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>One that failed is an error with a status, as nobody has seen a part of it.</summary>
    public static IResult Of(ReadOnlyMemory<byte> lastEvent)
    {
        var response = ResponsesEvents.ResponseOf(lastEvent);
        using var json = JsonDocument.Parse(response.IsEmpty ? lastEvent : response);
        return json.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object
            ? Failed(error.GetProperty("message").GetString() ?? "", error.GetProperty("code").GetString())
            : new PassedOnResult(StatusCodes.Status200OK, response);
    }

    /// <summary>With the status that the failure would have had before the first token.</summary>
    private static OpenAiErrorResult Failed(string message, string? code)
    {
        var status = code switch
        {
            "upstream_timeout" => StatusCodes.Status504GatewayTimeout,
            "shutting_down" or "log_unavailable" or "instance_replaced" => StatusCodes.Status503ServiceUnavailable,
            "internal_error" or "log_refused" or "response_interrupted" or "response_takeover_limit" =>
                StatusCodes.Status500InternalServerError,
            _ => StatusCodes.Status502BadGateway,
        };
        return new OpenAiErrorResult(status, new(message, OpenAiErrorType.Server, null, code))
        {
            RetryAfter = status == StatusCodes.Status503ServiceUnavailable ? RetryAfter : null,
        };
    }
}
