using System.Diagnostics.Metrics;

namespace Sluice.ServiceDefaults.Metrics;

/// <summary>Name, help, kind and buckets of a metric, as Prometheus knows it.</summary>
internal sealed record MetricDescription(string Name, string Help, MetricKind Kind, double[] Bounds)
{
    private static readonly double[] SecondsBounds =
        [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private static readonly double[] OtherBounds =
        [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

    /// <summary>Null for an instrument of a kind that is not known here.</summary>
    public static MetricDescription? Of(Instrument instrument)
    {
        if (KindOf(instrument) is not { } kind)
        {
            return null;
        }

        return new(
            PrometheusNames.Metric(instrument.Name, instrument.Unit, kind),
            instrument.Description ?? "",
            kind,
            kind == MetricKind.Histogram ? BoundsOf(instrument) : []);
    }

    private static MetricKind? KindOf(Instrument instrument)
    {
        var type = instrument.GetType();
        return type.IsGenericType ? type.GetGenericTypeDefinition() switch
        {
            var open when open == typeof(Counter<>) => MetricKind.Counter,
            var open when open == typeof(UpDownCounter<>) => MetricKind.UpDownCounter,
            var open when open == typeof(Histogram<>) => MetricKind.Histogram,
            var open when open == typeof(Gauge<>) => MetricKind.Gauge,
            var open when open == typeof(ObservableCounter<>) => MetricKind.ObservedCounter,
            var open when open == typeof(ObservableUpDownCounter<>) => MetricKind.Gauge,
            var open when open == typeof(ObservableGauge<>) => MetricKind.Gauge,
            _ => null,
        } : null;
    }

    // The instrument's own advice first; else OpenTelemetry's default, scaled for seconds.
    private static double[] BoundsOf(Instrument instrument)
    {
        double[]? advised = instrument switch
        {
            Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
            Histogram<float> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
            Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } =>
                [.. bounds.Select(bound => (double)bound)],
            Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
            _ => null,
        };
        return advised ?? (instrument.Unit == "s" ? SecondsBounds : OtherBounds);
    }
}
