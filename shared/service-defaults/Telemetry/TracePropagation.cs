using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Sluice.ServiceDefaults.Metrics;

namespace Sluice.ServiceDefaults.Telemetry;

/// <summary>
/// Without an exporter nobody listens, so libraries create no activities and traces would end at the first process.
/// This listener asks for the ids alone, which costs no tags and no events.
/// </summary>
internal sealed class TracePropagation : IHostedService, IDisposable
{
    private readonly ActivityListener _listener = new()
    {
        ShouldListenTo = source => Array.Exists(
            TelemetrySources.Propagating, pattern => MeterNames.Matches(pattern, source.Name)),
        Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
        SampleUsingParentId = static (ref ActivityCreationOptions<string> _) => ActivitySamplingResult.PropagationData,
    };

    public Task StartAsync(CancellationToken cancellationToken)
    {
        ActivitySource.AddActivityListener(_listener);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _listener.Dispose();
}
