namespace Sluice.ServiceDefaults.Metrics;

/// <summary>
/// Names after the OpenTelemetry to Prometheus mapping: dots become underscores, the unit and, for counters,
/// <c>_total</c> are appended.
/// </summary>
internal static class PrometheusNames
{
    public static string Metric(string name, string? unit, MetricKind kind)
    {
        var result = Clean(name, allowColon: true);
        var suffix = Unit(unit, kind);
        if (suffix.Length > 0 && !result.EndsWith('_' + suffix, StringComparison.Ordinal))
        {
            result = $"{result}_{suffix}";
        }

        var counts = kind is MetricKind.Counter or MetricKind.ObservedCounter;
        return counts && !result.EndsWith("_total", StringComparison.Ordinal) ? result + "_total" : result;
    }

    public static string Label(string name) => Clean(name, allowColon: false);

    private static string Clean(string name, bool allowColon)
    {
        var cleaned = string.Create(name.Length, (name, allowColon), static (target, source) =>
        {
            for (var i = 0; i < target.Length; i++)
            {
                var c = source.name[i];
                target[i] = char.IsAsciiLetterOrDigit(c) || (c == ':' && source.allowColon) ? c : '_';
            }
        });
        return cleaned.Length == 0 || char.IsAsciiDigit(cleaned[0]) ? '_' + cleaned : cleaned;
    }

    // Units in braces ("{request}") only explain; they are no part of the name.
    private static string Unit(string? unit, MetricKind kind) => unit switch
    {
        null or "" => "",
        ['{', ..] => "",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" or "bytes" => "bytes",
        "%" => "percent",
        "1" => kind == MetricKind.Gauge ? "ratio" : "",
        _ => Clean(unit, allowColon: false),
    };
}
