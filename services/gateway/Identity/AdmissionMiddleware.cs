using Sluice.Gateway.Routing;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Sluice.Gateway.Identity;

/// <summary>
/// Lets a request to a route in only with a key that has the route's right; everything else is refused.
/// </summary>
internal sealed class AdmissionMiddleware(
    RequestDelegate next, KeyRing keys, ReadTokens tokens, TimeProvider time, GatewayMetrics metrics)
{
    private const string Scheme = "Bearer ";

    public Task InvokeAsync(HttpContext context)
    {
        var route = context.GetReverseProxyFeature().Route.Config;
        if ((Holder(context.Request) ?? TokenHolder(context.Request, route)) is not { } holder)
        {
            metrics.Refused("key");
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return context.WriteErrorAsync(NoKey(context.Request));
        }

        if (!RouteRules.TryGetRight(route, out var right) || (holder.Rights & right) == Rights.None)
        {
            metrics.Refused("right");
            return context.WriteErrorAsync(new(StatusCodes.Status403Forbidden, new(
                $"This key has not the right '{RouteRules.RightName(route)}', which {context.Request.Path} needs.",
                OpenAiErrorType.Permission, null, "permission_denied")));
        }

        context.Features.Set(new Admission(
            holder.Tenant, holder.Rights, time.GetUtcNow(), ResponseId(context.Request, route)));
        return next(context);
    }

    private KeyHolder? Holder(HttpRequest request)
    {
        var header = request.Headers.Authorization;
        return header.Count == 1 && header[0] is { } value
            && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? keys.Find(value.AsSpan(Scheme.Length).Trim(' '))
            : null;
    }

    /// <summary>Who sends a read token of the response that is asked for, and no key, may read it.</summary>
    private KeyHolder? TokenHolder(HttpRequest request, RouteConfig route) =>
        RouteRules.TakesReadToken(route) && request.Headers.Authorization.Count == 0
        && request.Query["token"] is [{ } token] && request.RouteValues["id"] is string id
        && tokens.Tenant(token, id) is { } tenant
            ? new KeyHolder(tenant, Rights.Inference)
            : null;

    private static OpenAiErrorResult NoKey(HttpRequest request) =>
        new(StatusCodes.Status401Unauthorized, new(
            request.Headers.Authorization.Count == 0
                ? "No API key was given; send it as 'Authorization: Bearer <key>'."
                : "The API key is not valid.",
            OpenAiErrorType.Authentication, null, "invalid_api_key"));

    private static string? ResponseId(HttpRequest request, RouteConfig route) =>
        HttpMethods.IsPost(request.Method) && RouteRules.ResponseIdPrefix(route) is { } prefix
            ? $"{prefix}{Guid.CreateVersion7():N}"
            : null;
}
