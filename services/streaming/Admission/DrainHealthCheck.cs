using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Sluice.Streaming.Admission;

/// <summary>Not ready while draining: the gateway sends new work elsewhere.</summary>
internal sealed class DrainHealthCheck(ActiveResponses responses) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default) =>
        Task.FromResult(responses.IsDraining
            ? HealthCheckResult.Unhealthy($"Draining; {responses.Count} responses are running.")
            : HealthCheckResult.Healthy());
}
