using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Sluice.ServiceDefaults.Hosting;
using Sluice.ServiceDefaults.Options;

namespace Sluice.ServiceDefaults.Metrics;

/// <summary><c>GET /metrics</c>, on the internal listener only; elsewhere there is nothing at that address.</summary>
internal static class MetricsEndpoint
{
    public static void AddMetricsCollection(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddValidatedOptions<MetricsOptions>(MetricsOptions.Section);
        services.TryAddSingleton<MetricsCollector>();
        services.AddHostedService(provider => provider.GetRequiredService<MetricsCollector>());
    }

    public static void MapMetrics(this IEndpointRouteBuilder app) =>
        app.MapGet("/metrics", (HttpContext context, MetricsCollector collector) => context.IsInternalListener()
            ? Results.Text(collector.Collect(), PrometheusText.ContentType)
            : Results.StatusCode(StatusCodes.Status404NotFound));
}
