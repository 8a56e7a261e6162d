using System.Diagnostics.Metrics;
using Sluice.BatchWorker.Telemetry;

namespace Sluice.BatchWorker.Flow;

/// <summary>What the flow to the providers does, in the meter of <see cref="WorkerTelemetry"/>.</summary>
internal sealed class FlowMetrics
{
    private readonly Counter<long> _decreases;
    private readonly Counter<long> _parks;
    private readonly Lock _lock = new();
    private readonly List<ProviderFlow> _flows = [];

    public FlowMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(WorkerTelemetry.SourceName);
        _decreases = meter.CreateCounter<long>(
            "sluice.batch.provider.decreases", "{decrease}", "Times that fewer calls at once were allowed, by reason.");
        _parks = meter.CreateCounter<long>(
            "sluice.batch.provider.parks", "{park}", "Times that a provider was left in peace, by cause.");
        meter.CreateObservableGauge(
            "sluice.batch.provider.limit", Limits, "{call}", "Calls that may be open at once, by provider; 0 parked.");
    }

    public void Watch(ProviderFlow flow)
    {
        lock (_lock)
        {
            _flows.Add(flow);
        }
    }

    public void Decreased(string provider, string reason) =>
        _decreases.Add(1, new("provider", provider), new KeyValuePair<string, object?>("reason", reason));

    public void Parked(string provider, string cause) =>
        _parks.Add(1, new("provider", provider), new KeyValuePair<string, object?>("cause", cause));

    private List<Measurement<int>> Limits()
    {
        lock (_lock)
        {
            return [.. _flows.Select(flow => new Measurement<int>(
                flow.Park is null ? flow.Limit : 0, new KeyValuePair<string, object?>("provider", flow.Name)))];
        }
    }
}
