using System.ComponentModel.DataAnnotations;

namespace Sluice.ServiceDefaults.Metrics;

/// <summary>Configuration section <c>Metrics</c>: what <c>/metrics</c> shows.</summary>
internal sealed class MetricsOptions
{
    public const string Section = "Metrics";

    /// <summary>
    /// Label sets that one instrument may have; further ones are added up under the label
    /// <c>otel_metric_overflow="true"</c>. Default 500; 1 to 100,000.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxSeriesPerInstrument { get; init; } = 500;

    /// <summary>
    /// Meters that are shown besides the built-in list; a trailing <c>*</c> matches any rest. Default none.
    /// </summary>
    public IReadOnlyList<string> AdditionalMeters { get; init; } = [];
}
