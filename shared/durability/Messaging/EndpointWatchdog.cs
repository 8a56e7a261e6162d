using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sluice.Durability.Messaging;

/// <summary>
/// Looks at every receive endpoint. MassTransit 8.4.0 does not recover one whose delivery timed out at the broker: it has no
/// consumer for good while the bus is merely Degraded (its issue 6001). An endpoint that stays unhealthy for
/// <see cref="MessagingOptions.EndpointRecoveryTimeout"/> while the broker itself answers makes the process end itself. While
/// the broker is away nothing is counted: restarting would not help.
/// </summary>
internal sealed partial class EndpointWatchdog(
    IBusControl bus,
    IBrokerProbe broker,
    IProcessExit exit,
    IOptions<MessagingOptions> options,
    TimeProvider time,
    ILogger<EndpointWatchdog> logger) : BackgroundService, IHealthCheck
{
    // Written by the loop only; the published snapshot is what the health check reads.
    private readonly Dictionary<string, long> _unhealthySince = new(StringComparer.Ordinal);
    private volatile IReadOnlyDictionary<string, TimeSpan> _unhealthy = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var unhealthy = _unhealthy;
        var data = unhealthy.ToDictionary(one => one.Key, one => (object)one.Value.ToString("c", null), StringComparer.Ordinal);
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
                await LookAsync(stoppingToken);
                if (_unhealthy.FirstOrDefault(one => IsStuck(one.Value)) is { Key: { } endpoint, Value: var since })
                {
                    exit.Exit($"the endpoint {endpoint} was not healthy for {since.TotalSeconds:F0} s while the broker answered");
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var unhealthy = bus.CheckHealth().Endpoints
            .Where(endpoint => endpoint.Value.Status != BusHealthStatus.Healthy).Select(endpoint => endpoint.Key).ToList();
        if (unhealthy.Count > 0 && !await broker.AnswersAsync(cancellationToken))
        {
            unhealthy.Clear();
            _unhealthySince.Clear();
        }

        foreach (var recovered in _unhealthySince.Keys.Except(unhealthy, StringComparer.Ordinal).ToList())
        {
            _unhealthySince.Remove(recovered);
        }

        foreach (var endpoint in unhealthy)
        {
            if (_unhealthySince.TryAdd(endpoint, time.GetTimestamp()))
            {
                Log.Unhealthy(logger, endpoint);
            }
        }

        _unhealthy = _unhealthySince.ToDictionary(
            one => one.Key, one => time.GetElapsedTime(one.Value), StringComparer.Ordinal);
    }

    private bool IsStuck(TimeSpan unhealthy) => unhealthy >= options.Value.EndpointRecoveryTimeout;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The endpoint {Endpoint} is not healthy although the broker answers")]
        public static partial void Unhealthy(ILogger logger, string endpoint);
    }
}
