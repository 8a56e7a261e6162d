using Microsoft.Extensions.Diagnostics.HealthChecks;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Sluice.Gateway.Routing;

/// <summary>
/// Ready when a cluster has a destination that answered its last probe and accepts connections. One without any is
/// Degraded, which is ready: chats go on while batches have no database.
/// </summary>
internal sealed class ClustersHealthCheck(IProxyStateLookup proxy) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancel = default)
    {
        var without = proxy.GetClusters()
            .Where(cluster => !cluster.DestinationsState.AllDestinations.Any(IsHealthy))
            .Select(cluster => cluster.ClusterId)
            .Order(StringComparer.Ordinal)
            .ToList();
        var told = $"No healthy instance of: {string.Join(", ", without)}.";
        return Task.FromResult(
            without.Count == 0 ? HealthCheckResult.Healthy()
            : without.Count < proxy.GetClusters().Count() ? HealthCheckResult.Degraded(told)
            : HealthCheckResult.Unhealthy(told));
    }

    private static bool IsHealthy(DestinationState destination) =>
        destination.Health is { Active: DestinationHealth.Healthy, Passive: not DestinationHealth.Unhealthy };
}
