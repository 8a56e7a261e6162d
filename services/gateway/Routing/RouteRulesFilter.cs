using Yarp.ReverseProxy.Configuration;

namespace Sluice.Gateway.Routing;

/// <summary>
/// Denies by default: a route that does not say which right it needs is refused, at start and at every reload (YARP
/// collects the refusals of all routes). Clusters need no rules.
/// </summary>
internal sealed class RouteRulesFilter : IProxyConfigFilter
{
    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) =>
        new(cluster);

    public ValueTask<RouteConfig> ConfigureRouteAsync(
        RouteConfig route, ClusterConfig? cluster, CancellationToken cancel)
    {
        if (!RouteRules.TryGetRight(route, out _))
        {
            throw new InvalidOperationException(
                $"ReverseProxy:Routes:{route.RouteId}:Metadata:{RouteRules.Right} is "
                + $"'{RouteRules.RightName(route)}'; it must be one of {Identity.RightNames.All}.");
        }

        if (route.Metadata?.GetValueOrDefault(RouteRules.Body) is { } body and not ("json" or "upload"))
        {
            throw new InvalidOperationException(
                $"ReverseProxy:Routes:{route.RouteId}:Metadata:{RouteRules.Body} is '{body}'; use json or upload.");
        }

        return new(route);
    }
}
