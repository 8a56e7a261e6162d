using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Sluice.Gateway.Routing;

/// <summary>
/// Takes a destination out of the rotation at the first failed connect, for its cluster's reactivation period: a
/// process that does not accept connections is gone, and each further try would cost a request. The active probe
/// decides later.
/// </summary>
internal sealed class ConnectFailurePolicy(IDestinationHealthUpdater updater) : IPassiveHealthCheckPolicy
{
    private static readonly TimeSpan DefaultReactivation = TimeSpan.FromSeconds(1);

    public string Name => "ConnectFailure";

    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        if (UpstreamFailure.IsConnectFailure(context.GetForwarderErrorFeature()))
        {
            var period = cluster.Model.Config.HealthCheck?.Passive?.ReactivationPeriod ?? DefaultReactivation;
            updater.SetPassive(cluster, destination, DestinationHealth.Unhealthy, period);
        }
    }
}
