using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Sluice.BatchWorker.Shards;

/// <summary>Ready as long as shards are renewed (so the database answers) and the worker is not draining.</summary>
internal sealed class RenewalHealthCheck(ShardRenewal renewal, RunningShards shards) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Check());

    private HealthCheckResult Check()
    {
        if (shards.IsDraining)
        {
            return HealthCheckResult.Unhealthy("The worker is draining.");
        }

        return renewal.SinceRenewed is { } since && since <= Patience
            ? HealthCheckResult.Healthy($"{shards.All.Count} shards in hand.")
            : HealthCheckResult.Unhealthy("The shards in hand could not be renewed; is the database away?");
    }
}
