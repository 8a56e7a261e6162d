using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sluice.ServiceDefaults.Errors;

/// <summary>
/// Turns exceptions and bare error statuses (unknown route, wrong method) into the error shape of the surface. Once an
/// answer has started nothing can be told any more: the connection is reset, as a cut must never look like an end.
/// </summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> logger)
{
    private const int ClientClosedRequest = 499;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = ClientClosedRequest;
            }

            return;
        }
        catch (Exception failure)
        {
            // The boundary of a request: whatever was not expected becomes one answer and one log line.
            await AnswerAsync(context, failure);
            return;
        }

        if (IsBare(context))
        {
            await context.WriteErrorAsync(ForBareStatus(context));
        }
    }

    private async Task AnswerAsync(HttpContext context, Exception failure)
    {
        var refusal = ExceptionRefusals.For(failure);
        if (refusal.StatusCode >= StatusCodes.Status500InternalServerError)
        {
            Log.Failed(logger, failure, context.Request.Method, context.Request.Path, refusal.StatusCode ?? 0);
        }
        else
        {
            Log.Refused(logger, context.Request.Method, context.Request.Path, refusal.StatusCode ?? 0, failure.Message);
        }

        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.Clear();
        context.Response.Headers[Internal.InternalHeaders.RequestId] = context.TraceIdentifier;
        await context.WriteErrorAsync(refusal);
    }

    private static bool IsBare(HttpContext context)
    {
        var response = context.Response;
        return response.StatusCode >= 400 && response.StatusCode != ClientClosedRequest && !response.HasStarted
            && response.ContentType is null && response.ContentLength is null or 0;
    }

    private static OpenAiErrorResult ForBareStatus(HttpContext context)
    {
        var request = context.Request;
        var message = context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => $"Unknown route: {request.Method} {request.Path}.",
            StatusCodes.Status405MethodNotAllowed => $"{request.Method} is not allowed on {request.Path}.",
            _ => null,
        };
        return ErrorResponses.ForStatus(context.Response.StatusCode, message);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed with {Status}")]
        public static partial void Failed(ILogger logger, Exception failure, string method, string path, int status);

        [LoggerMessage(2, LogLevel.Information, "{Method} {Path} refused with {Status}: {Reason}")]
        public static partial void Refused(ILogger logger, string method, string path, int status, string reason);
    }
}
