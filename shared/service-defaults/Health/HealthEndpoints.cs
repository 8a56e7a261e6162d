using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Sluice.ServiceDefaults.Hosting;

namespace Sluice.ServiceDefaults.Health;

/// <summary>
/// <c>/healthz/live</c> runs the checks tagged <c>live</c> (failing means: restart me), <c>/healthz/ready</c> those
/// tagged <c>ready</c> (failing means: send me nothing now). 200 or 503 with a small JSON; causes are told on the
/// internal listener only.
/// </summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/healthz/live", For("live"));
        app.MapHealthChecks("/healthz/ready", For("ready"));
    }

    private static HealthCheckOptions For(string tag) => new()
    {
        Predicate = check => check.Tags.Contains(tag),
        ResponseWriter = WriteAsync,
    };

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        var detailed = context.IsInternalListener();
        var body = new HealthBody(
            Name(report.Status),
            report.Entries.ToDictionary(
                entry => entry.Key,
                entry => new HealthCheckBody(
                    Name(entry.Value.Status), detailed ? entry.Value.Description : null),
                StringComparer.Ordinal));
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(
            context.Response.Body, body, HealthJsonContext.Default.HealthBody, context.RequestAborted);
    }

    private static string Name(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "healthy",
        HealthStatus.Degraded => "degraded",
        _ => "unhealthy",
    };
}
