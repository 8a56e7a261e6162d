using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Sluice.Durability.Messaging;

/// <summary>
/// Looks at every receive endpoint. MassTransit 8.4.0 does not recover one whose delivery timed out at the broker: it
/// has no consumer for good while the bus is merely Degraded (its issue 6001). An endpoint that stays unhealthy for
/// <see cref="MessagingOptions.EndpointRecoveryTimeout"/> while the broker itself answers makes the process end itself.
/// While the broker is away nothing is counted: restarting would not help.
/// </summary>
internal sealed class EndpointWatchdog(
    EndpointObserver endpoints, IProcessExit exit, IOptions<MessagingOptions> options, TimeProvider time)
    : BackgroundService, IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var unhealthy = endpoints.Unhealthy;
        var data = unhealthy.ToDictionary(
            one => one.Key, one => (object)one.Value.ToString("c", null), StringComparer.Ordinal);
        var result = unhealthy.Any(one => IsStuck(one.Value))
            ? HealthCheckResult.Unhealthy("A receive endpoint does not recover.", data: data)
            : unhealthy.Count > 0
                ? HealthCheckResult.Degraded("A receive endpoint is recovering.", data: data)
                : HealthCheckResult.Healthy();
        return Task.FromResult(result);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.EndpointCheckEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await endpoints.ObserveAsync(stoppingToken);
                var stuck = endpoints.Unhealthy.FirstOrDefault(one => IsStuck(one.Value));
                if (stuck is { Key: { } name, Value: var since })
                {
                    exit.Exit(
                        $"the endpoint {name} was not healthy for {since.TotalSeconds:F0} s while the broker answered");
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private bool IsStuck(TimeSpan unhealthy) => unhealthy >= options.Value.EndpointRecoveryTimeout;
}
