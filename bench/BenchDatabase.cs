using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Servers;

namespace Sluice.Bench;

/// <summary>PostgreSQL for what needs no broker.</summary>
internal static class BenchDatabase
{
    /// <summary>
    /// Starts the servers and stops a private broker again: an idle one takes some percent of the machine, and once a
    /// minute half a core for half a second, from what is measured.
    /// </summary>
    public static async Task<ClusterServers> StartAsync(DirectoryInfo data)
    {
        var servers = await ClusterServers.StartAsync(
            new ServersOptions { DataDirectory = data.FullName }.WithEnvironment());
        if (servers.RabbitMq is { } broker)
        {
            await broker.StopAsync(Signal.Kill);
        }

        return servers;
    }
}
