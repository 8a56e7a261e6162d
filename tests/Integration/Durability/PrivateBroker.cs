using Sluice.LocalCluster.Servers;
using Sluice.TestKit.Servers;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>
/// A RabbitMQ that may be killed, and that takes a delivery back after two seconds instead of thirty minutes. The
/// database is the shared one.
/// </summary>
public sealed class PrivateBroker : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();

    public ClusterServers Servers { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        // How often the broker looks for deliveries that are too old; rabbitmq.conf has no word for it.
        var home = Path.Combine(_directory.Path, "rabbitmq");
        Directory.CreateDirectory(home);
        await File.WriteAllTextAsync(
            Path.Combine(home, "advanced.config"), "[{rabbit, [{channel_tick_interval, 500}]}].\n");
        Servers = await ClusterServers.StartAsync(new ServersOptions
        {
            DataDirectory = _directory.Path,
            PostgresUri = (await SharedServers.GetAsync()).PostgresUri,
            RabbitMqConfiguration = ["consumer_timeout = 2000"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Servers.DisposeAsync();
        _directory.Dispose();
    }
}
