using Sluice.LocalCluster.Servers;

namespace Sluice.TestKit.Servers;

/// <summary>
/// One broker and one database server for all tests of a process: those the environment names, else private ones,
/// started at the first use and stopped at the end of the process. Tests take a vhost and a database of their own on
/// them, and never kill or reconfigure them.
/// </summary>
public static class SharedServers
{
    private static readonly Task<ClusterServers> Servers = Task.Run(StartAsync);

    public static Task<ClusterServers> GetAsync() => Servers;

    private static async Task<ClusterServers> StartAsync()
    {
        var directory = new TemporaryDirectory();
        var servers = await ClusterServers.StartAsync(
            new ServersOptions { DataDirectory = directory.Path }.WithEnvironment());
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            // The runner gives an ending process little time, and nobody needs what is in these servers.
            servers.RabbitMq?.Send(LocalCluster.Processes.Signal.Kill);
            servers.Postgres?.Send(LocalCluster.Processes.Signal.Kill);
            directory.Dispose();
        };
        return servers;
    }
}
