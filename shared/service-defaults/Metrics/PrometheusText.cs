using System.Globalization;
using System.Text;

namespace Sluice.ServiceDefaults.Metrics;

/// <summary>Writes metrics in Prometheus' text exposition format 0.0.4 (prometheus.io, "Exposition formats").</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<Metric> metrics)
    {
        var text = new StringBuilder(16 * 1024);
        foreach (var metric in metrics)
        {
            WriteMetric(text, metric);
        }

        return text.ToString();
    }

    private static void WriteMetric(StringBuilder text, Metric metric)
    {
        var description = metric.Description;
        text.Append("# HELP ").Append(description.Name).Append(' ');
        Escape(text, description.Help, quotes: false);
        text.Append("\n# TYPE ").Append(description.Name).Append(' ').Append(TypeOf(description.Kind)).Append('\n');
        var buckets = new long[description.Bounds.Length + 1];
        foreach (var (labels, series) in metric.Series)
        {
            var (value, count) = series.Read(description.Kind == MetricKind.Histogram ? buckets : []);
            var label = Labels(labels);
            if (description.Kind == MetricKind.Histogram)
            {
                WriteHistogram(text, description, label, buckets, (value, count));
            }
            else
            {
                WriteSample(text, description.Name, label, Number(value));
            }
        }
    }

    private static void WriteHistogram(
        StringBuilder text,
        MetricDescription description,
        string labels,
        long[] buckets,
        (double Sum, long Count) total)
    {
        var name = description.Name;
        var separator = labels.Length > 0 ? "," : "";
        var below = 0L;
        for (var i = 0; i < buckets.Length; i++)
        {
            below += buckets[i];
            var bound = i < description.Bounds.Length ? Number(description.Bounds[i]) : "+Inf";
            WriteSample(text, name + "_bucket", $"{labels}{separator}le=\"{bound}\"", Number(below));
        }

        WriteSample(text, name + "_sum", labels, Number(total.Sum));
        WriteSample(text, name + "_count", labels, Number(total.Count));
    }

    private static void WriteSample(StringBuilder text, string name, string labels, string value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(value).Append('\n');
    }

    private static string Labels(LabelSet labels)
    {
        var text = new StringBuilder();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, value) in labels.Tags)
        {
            // "a.b" and "a_b" meet in one label name, which may stand only once.
            var name = PrometheusNames.Label(key);
            if (!seen.Add(name))
            {
                continue;
            }

            text.Append(text.Length > 0 ? "," : "").Append(name).Append("=\"");
            Escape(text, Text(value), quotes: true);
            text.Append('"');
        }

        return text.ToString();
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static void Escape(StringBuilder text, string value, bool quotes)
    {
        foreach (var c in value)
        {
            _ = c switch
            {
                '\\' => text.Append(@"\\"),
                '\n' => text.Append(@"\n"),
                '"' when quotes => text.Append("\\\""),
                _ => text.Append(c),
            };
        }
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string TypeOf(MetricKind kind) => kind switch
    {
        MetricKind.Counter or MetricKind.ObservedCounter => "counter",
        MetricKind.Histogram => "histogram",
        _ => "gauge",
    };
}
