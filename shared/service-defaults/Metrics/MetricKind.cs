namespace Sluice.ServiceDefaults.Metrics;

/// <summary>How measurements of an instrument become a value.</summary>
internal enum MetricKind
{
    /// <summary>Added up, never falls: type counter.</summary>
    Counter,

    /// <summary>Added up, may fall: type gauge.</summary>
    UpDownCounter,

    /// <summary>The last measurement counts: type gauge.</summary>
    Gauge,

    /// <summary>A running total that a callback reports: type counter.</summary>
    ObservedCounter,

    /// <summary>A distribution over fixed buckets: type histogram.</summary>
    Histogram,
}
