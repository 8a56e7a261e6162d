using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Sluice.Gateway.Routing;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Gateway.Limits;

/// <summary>
/// Holds bodies to their bound: by Content-Length before anything is read, else while they are forwarded. Kestrel's
/// bound is lifted for them, so that after the refusal it swallows what the client still sends (for 5 s) and the answer
/// arrives.
/// </summary>
internal sealed class BodyLimitMiddleware(RequestDelegate next, IOptions<LimitsOptions> options, GatewayMetrics metrics)
{
    private readonly LimitsOptions _limits = options.Value;

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.ContentLength is 0
            || context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            return next(context);
        }

        var upload = RouteRules.IsUpload(context.GetReverseProxyFeature().Route.Config);
        var bound = upload ? _limits.MaxUploadBytes : _limits.MaxRequestBytes;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } kestrel)
        {
            kestrel.MaxRequestBodySize = null;
        }

        if (request.ContentLength is null)
        {
            request.Body = new BoundedBodyStream(request.Body, bound);
        }
        else if (request.ContentLength > bound)
        {
            metrics.Refused("body");
            return context.WriteErrorAsync(OpenAiErrorResult.TooLarge(Message(bound), code: "request_too_large"));
        }

        return next(context);
    }

    internal static string Message(long bound) =>
        $"The request body is larger than {bound} bytes, which is the limit here.";
}
