using Sluice.Gateway.Identity;
using Yarp.ReverseProxy.Configuration;

namespace Sluice.Gateway.Routing;

/// <summary>What a route's <c>Metadata</c> says to the gateway.</summary>
internal static class RouteRules
{
    /// <summary>
    /// The right that a key needs; every route must name one. Of several, separated by <c>|</c>, any will do.
    /// </summary>
    public const string Right = "Right";

    /// <summary><c>json</c> (default) or <c>upload</c>: which bound of <c>Limits</c> holds for the body.</summary>
    public const string Body = "Body";

    /// <summary>Prefix of the id that is made for every POST; none by default.</summary>
    public const string ResponseId = "ResponseIdPrefix";

    /// <summary>
    /// <c>true</c>: instead of a key, <c>?token=</c> may be sent, which lets its holder read the response <c>{id}</c>.
    /// </summary>
    public const string ReadToken = "ReadToken";

    public static bool TakesReadToken(RouteConfig route) => route.Metadata?.GetValueOrDefault(ReadToken) == "true";

    public static bool TryGetRight(RouteConfig route, out Rights right) =>
        RightNames.TryParseAny(RightName(route), out right);

    public static string? RightName(RouteConfig route) => route.Metadata?.GetValueOrDefault(Right);

    public static bool IsUpload(RouteConfig route) => route.Metadata?.GetValueOrDefault(Body) == "upload";

    public static string? ResponseIdPrefix(RouteConfig route) => route.Metadata?.GetValueOrDefault(ResponseId);
}
