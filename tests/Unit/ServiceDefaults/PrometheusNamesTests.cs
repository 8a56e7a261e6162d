using Shouldly;
using Sluice.ServiceDefaults.Metrics;
using Xunit;

namespace Sluice.Tests.Unit.ServiceDefaults;

public sealed class PrometheusNamesTests
{
    [Theory]
    [InlineData("http.server.request.duration", "s", "Histogram", "http_server_request_duration_seconds")]
    [InlineData("http.server.active_requests", "{request}", "UpDownCounter", "http_server_active_requests")]
    [InlineData("sluice.jobs", null, "Counter", "sluice_jobs_total")]
    [InlineData("sluice.jobs_total", "{job}", "Counter", "sluice_jobs_total")]
    [InlineData("dotnet.gc.heap", "By", "ObservedCounter", "dotnet_gc_heap_bytes_total")]
    [InlineData("queue.time", "ms", "Histogram", "queue_time_milliseconds")]
    [InlineData("duration_seconds", "s", "Gauge", "duration_seconds")]
    [InlineData("cpu.use", "1", "Gauge", "cpu_use_ratio")]
    [InlineData("weird-name/ä", "km/h", "Gauge", "weird_name___km_h")]
    [InlineData("2nd", "", "Gauge", "_2nd")]
    public void Names_follow_the_convention(string name, string? unit, string kind, string expected) =>
        PrometheusNames.Metric(name, unit, Enum.Parse<MetricKind>(kind)).ShouldBe(expected);

    [Theory]
    [InlineData("http.route", "http_route")]
    [InlineData("a:b", "a_b")]
    [InlineData("9", "_9")]
    [InlineData("", "_")]
    public void Labels_have_no_colons(string name, string expected) => PrometheusNames.Label(name).ShouldBe(expected);
}
