using System.Diagnostics.Metrics;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Telemetry;

namespace Sluice.Scheduler.Forecasts;

/// <summary>
/// What is foretold and what became of it, in the meter of <see cref="SchedulerMetrics"/>. Gauges are of the last
/// forecast that this scheduler made, over all tenants. Thread-safe.
/// </summary>
internal sealed class ForecastMetrics
{
    private readonly Gauge<int> _suggestedWorkers;
    private readonly Gauge<int> _atRisk;
    private readonly Histogram<double> _error;
    private readonly Histogram<double> _errorRatio;
    private volatile IReadOnlyList<ClassOutlook> _outlooks = [];

    public ForecastMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(SchedulerMetrics.MeterName);
        _suggestedWorkers = meter.CreateGauge<int>(
            "sluice.workers.suggested", "{worker}", "Workers that the backlog and its deadlines need.");
        _atRisk = meter.CreateGauge<int>(
            "sluice.batch.at_risk", "{batch}", "Batches that would miss their deadline if they did not go first.");
        _error = meter.CreateHistogram<double>(
            "sluice.batch.forecast.error", "s", "How far the first forecast of a completed batch was off, either way.");
        _errorRatio = meter.CreateHistogram<double>(
            "sluice.batch.forecast.error.ratio", "1", "The same, as a part of the time that it looked ahead.");
        meter.CreateObservableGauge(
            "sluice.batch.forecast.end", () => Measurements(o => o.EndSeconds), "s",
            "Time to the expected end of the batch that ends last, by class; none without batches.");
        meter.CreateObservableGauge(
            "sluice.batch.forecast.slack", () => Measurements(o => o.SlackSeconds), "s",
            "Least time from the latest expected end of a batch to its deadline, by class; below 0 would miss it.");
    }

    public void Forecasted(IReadOnlyCollection<Forecast> forecasts, int suggestedWorkers, DateTimeOffset now)
    {
        _outlooks = ClassOutlook.Of(forecasts, now);
        _atRisk.Record(forecasts.Count(f => f.IsAtRisk));
        _suggestedWorkers.Record(suggestedWorkers);
    }

    /// <summary>A batch has ended; of one that has not completed nothing is known.</summary>
    public void Proved(EndedForecast ended)
    {
        if (ended is not { Error: { } error, Ahead: { } ahead })
        {
            return;
        }

        _error.Record(error.Duration().TotalSeconds);
        if (ahead > TimeSpan.Zero)
        {
            _errorRatio.Record(error.Duration() / ahead);
        }
    }

    private List<Measurement<double>> Measurements(Func<ClassOutlook, double?> value) =>
    [
        .. _outlooks.Where(o => value(o) is not null).Select(o => new Measurement<double>(
            value(o)!.Value, new KeyValuePair<string, object?>("class", o.Class.Name()))),
    ];
}
