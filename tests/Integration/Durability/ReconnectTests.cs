using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sluice.TestKit;
using Sluice.Tests.Integration.Durability.Messages;
using Sluice.Tests.Integration.Durability.Sample;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>Consumers whose broker goes away again and again in the life of one process.</summary>
public sealed class ReconnectTests : DurableTest
{
    /// <summary>How long after the broker is back work goes on, at the latest.</summary>
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Consumers_are_back_as_soon_after_the_fifth_interruption_as_after_the_first()
    {
        var broker = new Uri(Cluster.Vhost.Uri);
        await using var proxy = FaultProxy.To(broker.Host, broker.Port);
        var host = await Cluster.StartAsync(settings:
        [
            ("ConnectionStrings:RabbitMq", new UriBuilder(broker) { Port = proxy.Port }.Uri.ToString()),
            ("Messaging:Heartbeat", "00:00:01"), ("Messaging:ReconnectDelay", "00:00:00.050"),
        ]);

        for (var interruption = 1; interruption <= 5; interruption++)
        {
            proxy.CutAfter(0);
            await Eventually.Until("the endpoints are off", () => !IsHealthy(host));
            proxy.CutAfter(long.MaxValue);
            await Eventually.Until(
                $"the endpoints are back after interruption {interruption}", () => IsHealthy(host), Promised);
        }

        await DurableCluster.CommitAsync(host, bus => bus.Publish(new WriteEffect { Text = "back" }));
        await Cluster.WrittenAsync("back");
    }

    private static bool IsHealthy(IHost host) =>
        host.Services.GetRequiredService<IBusControl>().CheckHealth().Status == BusHealthStatus.Healthy;
}
