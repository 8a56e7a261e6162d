using Shouldly;
using Sluice.ServiceDefaults.Metrics;
using Xunit;

namespace Sluice.Tests.Unit.ServiceDefaults;

public sealed class PrometheusTextTests
{
    [Fact]
    public void A_histogram_has_cumulative_buckets_a_sum_and_a_count()
    {
        var metric = New(MetricKind.Histogram, 0.5, 1);
        foreach (var value in new[] { 0.1, 0.5, 0.7, 30 })
        {
            metric.Record(value, [new("route", "/a")]);
        }

        PrometheusText.Write([metric]).ShouldBe(
            """
            # HELP m Help.
            # TYPE m histogram
            m_bucket{route="/a",le="0.5"} 2
            m_bucket{route="/a",le="1"} 3
            m_bucket{route="/a",le="+Inf"} 4
            m_sum{route="/a"} 31.3
            m_count{route="/a"} 4

            """);
    }

    [Fact]
    public void Labels_and_help_are_escaped_and_a_doubled_label_stands_once()
    {
        var metric = new Metric(new("m", "Back\\slash\nand line.", MetricKind.Counter, []), 10, isObserved: false);
        metric.Record(1, [new("a.b", "q\"b\\n\n"), new("a_b", "second"), new("none", null), new("flag", true)]);

        PrometheusText.Write([metric]).ShouldBe(
            "# HELP m Back\\\\slash\\nand line.\n# TYPE m counter\n"
            + "m{a_b=\"q\\\"b\\\\n\\n\",none=\"\",flag=\"true\"} 1\n");
    }

    [Fact]
    public void Values_that_are_no_numbers_have_their_own_names()
    {
        var metric = New(MetricKind.Gauge);
        metric.Record(double.NaN, [new("v", 1)]);
        metric.Record(double.PositiveInfinity, [new("v", 2)]);
        metric.Record(double.NegativeInfinity, [new("v", 3)]);

        var text = PrometheusText.Write([metric]);

        text.ShouldContain("m{v=\"1\"} NaN\n");
        text.ShouldContain("m{v=\"2\"} +Inf\n");
        text.ShouldContain("m{v=\"3\"} -Inf\n");
    }

    private static Metric New(MetricKind kind, params double[] bounds) =>
        new(new("m", "Help.", kind, bounds), 10, isObserved: false);
}
