using Shouldly;
using Sluice.ServiceDefaults.Metrics;
using Xunit;

namespace Sluice.Tests.Unit.ServiceDefaults;

public sealed class MetricTests
{
    [Fact]
    public void The_order_of_tags_makes_no_second_series()
    {
        var metric = New(10);

        metric.Record(1, [new("a", 1), new("b", "x")]);
        metric.Record(2, [new("b", "x"), new("a", 1)]);
        metric.Record(4, [new("a", 1)]);

        Values(metric).ShouldBe([3, 4], ignoreOrder: true);
    }

    [Fact]
    public void Past_the_bound_new_label_sets_add_up_in_one()
    {
        var metric = New(2);

        for (var i = 0; i < 10; i++)
        {
            metric.Record(1, [new("id", i)]);
        }

        metric.Record(5, [new("id", 0)]);
        Values(metric).ShouldBe([6, 1, 8], ignoreOrder: true);
        PrometheusText.Write([metric]).ShouldContain("m_total{otel_metric_overflow=\"true\"} 8\n");
    }

    [Fact]
    public void Concurrent_measurements_are_all_counted()
    {
        var metric = New(100);

        Parallel.For(0, 100_000, i => metric.Record(1, [new("id", i % 7)]));

        Values(metric).Sum().ShouldBe(100_000);
        Values(metric).Count().ShouldBe(7);
    }

    private static Metric New(int maxSeries) =>
        new(new("m_total", "", MetricKind.Counter, []), maxSeries, isObserved: false);

    private static IEnumerable<double> Values(Metric metric) =>
        metric.Series.Select(series => series.Value.Read([]).Value);
}
