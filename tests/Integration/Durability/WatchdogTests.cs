using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Shouldly;
using Sluice.Durability.Messaging;
using Sluice.LocalCluster.Processes;
using Sluice.TestKit;
using Sluice.Tests.Integration.Durability.Messages;
using Sluice.Tests.Integration.Durability.Sample;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>
/// A process whose endpoint is dead for good ends itself; one whose broker is away waits for it.
/// </summary>
public sealed class WatchdogTests(PrivateBroker broker) : IClassFixture<PrivateBroker>, IAsyncLifetime
{
    private readonly DurableCluster _cluster = new();
    private readonly RecordedExit _exit = new();
    private readonly HeldPoint _held = new();
    private readonly JumpingTime _time = new();

    public ValueTask InitializeAsync() => _cluster.InitializeAsync(broker.Servers);

    public async ValueTask DisposeAsync()
    {
        _held.Release();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task An_endpoint_that_the_broker_has_cut_off_and_that_does_not_recover_ends_the_process()
    {
        var host = await StartAsync(
            bus =>
            {
                bus.AddConsumer<HoldConsumer>();
                bus.AddConsumer<WrittenConsumer>();
            },
            ("Messaging:EndpointRecoveryTimeout", "00:10:00"));
        await Eventually.Until("all is well", async () => await LiveAsync(host) == HealthStatus.Healthy);
        await DurableCluster.CommitAsync(host, bus => bus.Publish(new Hold()));
        await _held.Reached.WaitAsync(Eventually.Patience);

        await Eventually.Until("an endpoint is not", async () => await LiveAsync(host) == HealthStatus.Degraded);
        _exit.Reason.ShouldBeNull();
        _time.Jump(TimeSpan.FromMinutes(10));

        await Eventually.Until("the process is to end", () => _exit.Reason is not null);
        _exit.Reason!.ShouldContain("hold");
        (await LiveAsync(host)).ShouldBe(HealthStatus.Unhealthy);
        // The fault that this is for: the bus as a whole never says more than this.
        host.Services.GetRequiredService<IBusControl>().CheckHealth().Status.ShouldBe(BusHealthStatus.Degraded);
    }

    [Fact]
    public async Task A_broker_that_is_away_ends_no_process_and_finds_everything_when_it_is_back()
    {
        var host = await StartAsync(DurableCluster.AddConsumers);
        var probe = (CountedProbe)host.Services.GetRequiredService<IBrokerProbe>();

        await broker.Servers.RabbitMq!.StopAsync(Signal.Kill);
        await DurableCluster.CommitAsync(host, bus => bus.PublishBatch(
            Enumerable.Range(0, 100).Select(_ => new WriteEffect { Text = "outage" })));
        await Eventually.Until("the broker was asked in vain", () => probe.Unanswered > 1);
        _time.Jump(TimeSpan.FromHours(1));
        var before = probe.Unanswered;
        await Eventually.Until("the broker was asked again", () => probe.Unanswered > before + 1);

        _exit.Reason.ShouldBeNull();
        (await LiveAsync(host)).ShouldNotBe(HealthStatus.Unhealthy);
        await broker.Servers.RabbitMq!.StartAsync();
        await broker.Servers.WaitUntilReadyAsync();
        await Eventually.Until(
            "all arrived", async () => await _cluster.EffectsAsync("outage") == 100, TimeSpan.FromSeconds(90));
        _exit.Reason.ShouldBeNull();
    }

    private Task<IHost> StartAsync(
        Action<IBusRegistrationConfigurator> bus, params (string Key, string Value)[] settings) => _cluster.StartAsync(
        bus,
        services =>
        {
            services.AddSingleton<TimeProvider>(_time);
            services.AddSingleton(_held);
            services.AddSingleton<IProcessExit>(_exit);
            services.AddSingleton<BrokerProbe>();
            services.AddSingleton<IBrokerProbe, CountedProbe>();
        },
        settings:
        [
            ("Messaging:EndpointCheckEvery", "00:00:00.100"), ("Messaging:ConsumerStopTimeout", "00:00:00.500"),
            ("Messaging:StopTimeout", "00:00:02"), .. settings,
        ]);

    private static async Task<HealthStatus> LiveAsync(IHost host)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(check => check.Tags.Contains("live"));
        return report.Status;
    }
}
