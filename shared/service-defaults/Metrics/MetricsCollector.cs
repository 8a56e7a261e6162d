using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Sluice.ServiceDefaults.Metrics;

/// <summary>
/// Listens to the process's meters from start to end and writes them for <c>/metrics</c>. Meters of another host in the
/// same process (tests) are told apart by their factory. Thread-safe; collections run one after the other.
/// </summary>
internal sealed class MetricsCollector : IHostedService, IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, Metric> _metrics = new(StringComparer.Ordinal);
    private readonly Lock _collecting = new();
    private readonly IMeterFactory _factory;
    private readonly MetricsOptions _options;

    public MetricsCollector(IOptions<MetricsOptions> options, IMeterFactory factory)
    {
        _options = options.Value;
        _factory = factory;
        _listener.InstrumentPublished = Publish;
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<decimal>(
            static (_, value, tags, state) => Record((double)value, tags, state));
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _listener.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _listener.Dispose();

    /// <summary>All metrics in Prometheus' text form 0.0.4, sorted by name.</summary>
    public string Collect()
    {
        lock (_collecting)
        {
            foreach (var observed in _metrics.Values.Where(metric => metric.IsObserved))
            {
                observed.Clear();
            }

            _listener.RecordObservableInstruments();
            return PrometheusText.Write(
                _metrics.Values.OrderBy(metric => metric.Description.Name, StringComparer.Ordinal));
        }
    }

    private static void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
        ((Metric)state!).Record(value, tags);

    private void Publish(Instrument instrument, MeterListener listener)
    {
        var foreign = instrument.Meter.Scope is IMeterFactory factory && !ReferenceEquals(factory, _factory);
        if (foreign || !IsShown(instrument.Meter.Name) || MetricDescription.Of(instrument) is not { } description)
        {
            return;
        }

        var metric = _metrics.GetOrAdd(
            description.Name,
            static (_, state) => new(state.description, state.max, state.observed),
            (description, max: _options.MaxSeriesPerInstrument, observed: instrument.IsObservable));

        // Two instruments of one name and kind add up in one metric; of different kinds, the first one keeps the name.
        if (metric.Description.Kind == description.Kind)
        {
            listener.EnableMeasurementEvents(instrument, metric);
        }
    }

    private bool IsShown(string meter) =>
        MeterNames.All.Concat(_options.AdditionalMeters).Any(pattern => MeterNames.Matches(pattern, meter));
}
