using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Sluice.ServiceDefaults.Errors;

/// <summary>
/// A refusal of the OpenAI surface as a typed result: a status, an error object, and the retry headers that the
/// official clients obey.
/// </summary>
public sealed class OpenAiErrorResult(int status, OpenAiError error) : IResult, IStatusCodeHttpResult
{
    public int? StatusCode => status;

    public OpenAiError Error => error;

    /// <summary>Sent as <c>Retry-After</c> in whole seconds, rounded up, at most 60 (clients ignore more).</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// False sends <c>x-should-retry: false</c>: a permanent 409 or 429, which clients would otherwise repeat.
    /// </summary>
    public bool ShouldRetry { get; init; } = true;

    public static OpenAiErrorResult BadRequest(string message, string? param = null, string? code = null) =>
        new(StatusCodes.Status400BadRequest, new(message, OpenAiErrorType.InvalidRequest, param, code));

    public static OpenAiErrorResult NotFound(string message, string? param = null, string? code = null) =>
        new(StatusCodes.Status404NotFound, new(message, OpenAiErrorType.NotFound, param, code));

    /// <summary>409 that a repetition would not cure.</summary>
    public static OpenAiErrorResult Conflict(string message, string? param = null, string? code = null) =>
        new(StatusCodes.Status409Conflict, new(message, OpenAiErrorType.InvalidRequest, param, code))
        {
            ShouldRetry = false,
        };

    public static OpenAiErrorResult TooLarge(string message, string? param = null, string? code = null) =>
        new(StatusCodes.Status413PayloadTooLarge, new(message, OpenAiErrorType.InvalidRequest, param, code));

    public static OpenAiErrorResult Unavailable(string message, TimeSpan retryAfter, string? code = null) =>
        new(StatusCodes.Status503ServiceUnavailable, new(message, OpenAiErrorType.Server, null, code))
        {
            RetryAfter = retryAfter,
        };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var body = JsonSerializer.SerializeToUtf8Bytes(new(error), ErrorsJsonContext.Readable.OpenAiErrorBody);
        return WriteAsync(httpContext, "application/json", body);
    }

    internal async Task WriteAsync(HttpContext context, string contentType, byte[] body)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        if (RetryAfter is { } wait)
        {
            var seconds = Math.Clamp((int)Math.Ceiling(wait.TotalSeconds), 1, 60);
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (!ShouldRetry)
        {
            response.Headers["x-should-retry"] = "false";
        }

        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }
}
