using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>All services in the test process; webhooks may reach <see cref="Allowed"/> alone.</summary>
public sealed class WebhookFixture : IAsyncLifetime
{
    public const string Allowed = "127.0.0.2";

    public const int MaxPerTenant = 16;

    public InProcessSluice Sluice { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Sluice = await InProcessSluice.StartAsync(
        kind => kind == ServiceKind.Scheduler
            ?
            [
                "Webhooks:AllowHttp=true", $"Webhooks:AllowedNetworks:0={Allowed}/32",
                $"Webhooks:MaxPerTenant={MaxPerTenant}", "Webhooks:RetryDelay=00:00:00.020",
                "Webhooks:MaxRetryDelay=00:00:00.100", "Webhooks:MaxAttempts=4", "Webhooks:Timeout=00:00:30",
                "DeadLetters:ReplayInterval=00:00:00.100",
            ]
            : []);

    public ValueTask DisposeAsync() => Sluice.DisposeAsync();
}
