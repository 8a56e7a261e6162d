using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Integration.ServiceDefaults;

public sealed class MetricsTests
{
    [Fact]
    public async Task Instruments_of_the_hosts_own_meters_are_shown_and_those_of_another_host_are_not()
    {
        await using var host = await DefaultsHost.StartAsync(Map);
        await using var other = await DefaultsHost.StartAsync(Map);
        await host.Client.GetAsync("/v1/count?by=2");
        await host.Client.GetAsync("/v1/count?by=3");
        await other.Client.GetAsync("/v1/count?by=100");

        var text = await host.Client.GetStringAsync("/metrics");

        text.ShouldContain("# HELP sluice_test_jobs_total Jobs \\\\ done.\n# TYPE sluice_test_jobs_total counter\n");
        text.ShouldContain("sluice_test_jobs_total{kind=\"a\\\"b\\\\c\\nd\"} 5\n");
        text.ShouldContain("# TYPE sluice_test_queue gauge\nsluice_test_queue 7\n");
    }

    [Fact]
    public async Task The_content_type_is_prometheus_text()
    {
        await using var host = await DefaultsHost.StartAsync(_ => { });

        var response = await host.Client.GetAsync("/metrics");

        response.Content.Headers.ContentType?.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
    }

    private static void Map(WebApplication app) => app.MapGet("/v1/count", (int by, IMeterFactory meters) =>
    {
        var meter = meters.Create("Sluice.Test");
        var jobs = meter.CreateCounter<int>("sluice.test.jobs", "{job}", "Jobs \\ done.");
        jobs.Add(by, new KeyValuePair<string, object?>("kind", "a\"b\\c\nd"));
        meter.CreateObservableGauge("sluice.test.queue", () => 7);
        return Results.Ok();
    });
}
