using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Integration.ServiceDefaults;

public sealed class HealthTests
{
    [Fact]
    public async Task Each_address_runs_the_checks_of_its_tag_only()
    {
        await using var host = await DefaultsHost.StartAsync(_ => { }, builder => builder.Services.AddHealthChecks()
            .AddCheck("loop", () => HealthCheckResult.Healthy(), tags: ["live"])
            .AddCheck("database", () => HealthCheckResult.Unhealthy("no connection"), tags: ["ready"])
            .AddCheck("other", () => HealthCheckResult.Unhealthy()));

        var live = await host.Client.GetAsync("/healthz/live");
        var ready = await host.Client.GetAsync("/healthz/ready");

        live.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await live.Content.ReadAsStringAsync())
            .ShouldBe("""{"status":"healthy","checks":{"loop":{"status":"healthy"}}}""");
        ready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await ready.Content.ReadAsStringAsync()).ShouldBe(
            """{"status":"unhealthy","checks":{"database":{"status":"unhealthy","description":"no connection"}}}""");
    }

    [Fact]
    public async Task A_degraded_service_stays_ready()
    {
        await using var host = await DefaultsHost.StartAsync(_ => { }, builder => builder.Services.AddHealthChecks()
            .AddCheck("broker", () => HealthCheckResult.Degraded(), tags: ["ready"]));

        var ready = await host.Client.GetAsync("/healthz/ready");

        ready.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await ready.Content.ReadAsStringAsync()).ShouldContain("degraded");
    }
}
