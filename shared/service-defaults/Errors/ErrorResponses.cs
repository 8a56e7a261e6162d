using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.ServiceDefaults.Errors;

/// <summary>Writes refusals in the shape of the surface that was called.</summary>
public static class ErrorResponses
{
    /// <summary>
    /// Answers with <paramref name="refusal"/>: problem details (RFC 9457) on <c>/api/*</c>, an OpenAI error object
    /// everywhere else. Headers set so far are kept, content headers are replaced. Call it only before the answer
    /// started.
    /// </summary>
    public static Task WriteErrorAsync(this HttpContext context, OpenAiErrorResult refusal)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(refusal);
        return context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
            ? WriteProblemAsync(context, refusal)
            : refusal.ExecuteAsync(context);
    }

    /// <summary>The refusal for a bare status, with its default type, code and message.</summary>
    public static OpenAiErrorResult ForStatus(int status, string? message = null)
    {
        var (type, code, text) = status switch
        {
            400 => (OpenAiErrorType.InvalidRequest, "invalid_request", "The request is malformed."),
            401 => (OpenAiErrorType.Authentication, "invalid_api_key", "Authentication is required."),
            403 => (OpenAiErrorType.Permission, "permission_denied", "This key has no right to do that."),
            404 => (OpenAiErrorType.NotFound, "not_found", "There is nothing at this address."),
            405 => (OpenAiErrorType.InvalidRequest, "method_not_allowed", "The method is not allowed here."),
            408 => (OpenAiErrorType.InvalidRequest, "request_timeout", "The request did not arrive in time."),
            413 => (OpenAiErrorType.InvalidRequest, "request_too_large", "The request body is too large."),
            414 => (OpenAiErrorType.InvalidRequest, "uri_too_long", "The address is too long."),
            415 => (OpenAiErrorType.InvalidRequest, "unsupported_media_type", "The content type is not supported."),
            429 => (OpenAiErrorType.RateLimit, "rate_limit_exceeded", "Too many requests."),
            431 => (OpenAiErrorType.InvalidRequest, "headers_too_large", "The request headers are too large."),
            502 => (OpenAiErrorType.Server, "upstream_error", "An upstream service failed."),
            503 => (OpenAiErrorType.Server, "unavailable", "The service is not available now; try again."),
            504 => (OpenAiErrorType.Server, "upstream_timeout", "An upstream service did not answer in time."),
            >= 500 => (OpenAiErrorType.Server, "internal_error", "The server failed to handle the request."),
            _ => (OpenAiErrorType.InvalidRequest, "invalid_request", "The request was refused."),
        };
        return new(status, new(message ?? text, type, null, code));
    }

    private static Task WriteProblemAsync(HttpContext context, OpenAiErrorResult refusal)
    {
        var status = refusal.StatusCode ?? StatusCodes.Status500InternalServerError;
        var problem = new ProblemBody(
            $"urn:sluice:problem:{refusal.Error.Code ?? "error"}",
            Title(status),
            status,
            refusal.Error.Message,
            refusal.Error.Code ?? ForStatus(status).Error.Code!,
            refusal.Error.Param,
            context.Response.Headers[InternalHeaders.RequestId].ToString());
        var body = JsonSerializer.SerializeToUtf8Bytes(problem, ErrorsJsonContext.Readable.ProblemBody);
        return refusal.WriteAsync(context, "application/problem+json", body);
    }

    private static string Title(int status)
    {
        var phrase = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status);
        return phrase.Length > 0 ? phrase : status.ToString(CultureInfo.InvariantCulture);
    }
}
