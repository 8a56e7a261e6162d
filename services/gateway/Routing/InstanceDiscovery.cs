using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Sluice.Gateway.Routing;

/// <summary>Finds the instances behind the names of destinations, and spreads responses over them.</summary>
internal static class InstanceDiscovery
{
    public static IReverseProxyBuilder AddInstanceDiscovery(this IReverseProxyBuilder proxy)
    {
        // YARP's resolver is internal: its registration is the only handle to wrap it by.
        proxy.AddDnsDestinationResolver(dns => dns.RefreshPeriod = null);
        var services = proxy.Services;
        var dns = services.Last(service => service.ServiceType == typeof(IDestinationResolver));
        services.Remove(dns);
        services.AddSingleton<IDestinationResolver>(provider => ActivatorUtilities.CreateInstance<LastKnownResolver>(
            provider, ActivatorUtilities.CreateInstance(provider, dns.ImplementationType!)));
        services.AddSingleton<ILoadBalancingPolicy, ResponseIdPolicy>();
        return proxy;
    }
}
