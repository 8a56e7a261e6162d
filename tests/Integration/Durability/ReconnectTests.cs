using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.TestKit;
using Sluice.Tests.Integration.Durability.Messages;
using Sluice.Tests.Integration.Durability.Sample;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>Consumers whose broker goes away again and again in the life of one process.</summary>
public sealed class ReconnectTests : DurableTest
{
    /// <summary>Of MassTransit's own pauses the third is 12 s and the fourth 24.</summary>
    private const int AttemptsInVain = 3;

    /// <summary>How long after the broker is back work goes on, at the latest.</summary>
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Consumers_try_as_soon_after_many_attempts_in_vain_as_after_the_first()
    {
        var broker = new Uri(Cluster.Vhost.Uri);
        await using var proxy = FaultProxy.To(broker.Host, broker.Port);
        var host = await Cluster.StartAsync(settings:
        [
            ("ConnectionStrings:RabbitMq", new UriBuilder(broker) { Port = proxy.Port }.Uri.ToString()),
            ("Messaging:Heartbeat", "00:00:01"), ("Messaging:ReconnectDelay", "00:00:00.050"),
        ]);
        var bus = host.Services.GetRequiredService<IBusControl>();
        var faults = new Faults();
        using var observing = bus.ConnectReceiveEndpointObserver(faults);

        for (var interruption = 1; interruption <= 2; interruption++)
        {
            var before = faults.Most;
            proxy.CutAfter(0);
            await Eventually.Until(
                $"endpoints have tried in vain in interruption {interruption}",
                () => faults.Most >= before + AttemptsInVain,
                Promised);
            proxy.CutAfter(long.MaxValue);
            await Eventually.Until(
                $"the endpoints are back after interruption {interruption}",
                () => bus.CheckHealth().Status == BusHealthStatus.Healthy,
                Promised);
        }

        await DurableCluster.CommitAsync(host, publish => publish.Publish(new WriteEffect { Text = "back" }));
        await Cluster.WrittenAsync("back");
    }

    /// <summary>As a node does that is frozen: its system takes the connections.</summary>
    [Fact]
    public async Task A_node_that_takes_connections_and_says_nothing_is_left_for_one_that_answers()
    {
        var broker = new Uri(Cluster.Vhost.Uri);
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;

        var host = await Cluster.StartAsync(settings:
        [
            ("ConnectionStrings:RabbitMq", new UriBuilder(broker) { Port = port }.Uri.ToString()),
            ("Messaging:Nodes:0", $"{broker.Host}:{broker.Port}"),
            ("Messaging:Heartbeat", "00:00:01"), ("Messaging:ReconnectDelay", "00:00:00.050"),
        ]);
        await DurableCluster.CommitAsync(host, publish => publish.Publish(new WriteEffect { Text = "answered" }));

        await Cluster.WrittenAsync("answered");
        silent.Pending().ShouldBeTrue("nobody asked it");
    }

    /// <summary>Counts the attempts of each endpoint that failed.</summary>
    private sealed class Faults : IReceiveEndpointObserver
    {
        private readonly ConcurrentDictionary<Uri, int> _counts = new();

        /// <summary>Of the endpoint that has most.</summary>
        public int Most => _counts.Values.DefaultIfEmpty().Max();

        public Task Ready(ReceiveEndpointReady ready) => Task.CompletedTask;

        public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

        public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

        public Task Faulted(ReceiveEndpointFaulted faulted)
        {
            _counts.AddOrUpdate(faulted.InputAddress, 1, (_, count) => count + 1);
            return Task.CompletedTask;
        }
    }
}
