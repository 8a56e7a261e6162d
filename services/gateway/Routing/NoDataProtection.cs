using Microsoft.AspNetCore.DataProtection;

namespace Sluice.Gateway.Routing;

/// <summary>
/// YARP brings data protection for its cookie affinities, which are not used here: without this, every gateway would
/// write a key ring to disk at start, which a read-only file system refuses.
/// </summary>
internal static class NoDataProtection
{
    public static void Apply(IServiceCollection services)
    {
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        var loader = services.FirstOrDefault(service => service.ServiceType == typeof(IHostedService)
            && service.ImplementationType?.Assembly == typeof(IDataProtectionBuilder).Assembly);
        if (loader is not null)
        {
            services.Remove(loader);
        }
    }
}
