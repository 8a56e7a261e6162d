using Microsoft.Extensions.DependencyInjection;

namespace Sluice.ServiceDefaults.Telemetry;

internal static class OpenTelemetryRegistration
{
    /// <summary>
    /// Providers configured on the result are built when the host starts, and flushed when it is disposed.
    /// </summary>
    public static OpenTelemetryBuilder AddOpenTelemetry(this IServiceCollection services)
    {
        services.AddHostedService<OpenTelemetryProviders>();
        return new(services);
    }
}
