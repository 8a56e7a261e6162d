using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Sluice.Durability.Instances;

/// <summary>
/// Ready as long as this instance renews itself, so as long as the database answers. The broker is no part of it: what
/// is accepted while it is away waits in the outbox.
/// </summary>
internal sealed class InstanceHealthCheck(InstanceService instance, IOptions<InstanceOptions> options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        instance.SinceRenewed is { } since && since <= options.Value.Lease
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The instance could not be renewed; is the database away?"));
}
