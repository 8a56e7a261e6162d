using System.Collections.Frozen;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Gateway.Routing;

/// <summary>
/// Lets a web page open a WebSocket only from an origin of <c>Cors:Origins</c>. Browsers ask no leave for sockets as
/// they do for other calls, so the server must look at the origin itself.
/// </summary>
internal sealed class OriginMiddleware(RequestDelegate next, IOptions<CorsOptions> options, GatewayMetrics metrics)
{
    private readonly FrozenSet<string> _origins = options.Value.Origins.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext context)
    {
        var origin = context.Request.Headers.Origin;
        if (origin.Count == 0 || !IsUpgrade(context) || (origin.Count == 1 && _origins.Contains(origin[0]!)))
        {
            return next(context);
        }

        metrics.Refused("origin");
        return context.WriteErrorAsync(new(StatusCodes.Status403Forbidden, new(
            "Pages of this origin may not open a WebSocket here (Cors:Origins).",
            OpenAiErrorType.Permission,
            null,
            "origin_not_allowed")));
    }

    private static bool IsUpgrade(HttpContext context) =>
        context.Request.Headers.ContainsKey(HeaderNames.Upgrade)
        || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };
}
