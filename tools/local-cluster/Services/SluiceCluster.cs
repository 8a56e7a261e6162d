using System.Security.Cryptography;
using System.Text;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Servers;

namespace Sluice.LocalCluster.Services;

/// <summary>
/// All of Sluice on one machine: RabbitMQ, PostgreSQL and the services as supervised child processes. Disposing stops
/// the services, then the servers, and keeps the data. All members may be called from any thread.
/// </summary>
public sealed class SluiceCluster : IAsyncDisposable
{
    private readonly DataDirectory _directory;
    private readonly ClusterOptions _options;
    private readonly Action<string> _log;

    private SluiceCluster(
        DataDirectory directory, ClusterOptions options, ClusterServers servers, IReadOnlyList<ClusterService> services)
    {
        _directory = directory;
        _options = options;
        _log = options.Servers.Log;
        Servers = servers;
        Services = services;
    }

    public ClusterServers Servers { get; }

    public IReadOnlyList<ClusterService> Services { get; }

    /// <summary>The first gateway's public address, <c>http://127.0.0.1:port</c>.</summary>
    public Uri Url => this[ServiceKind.Gateway, 1].PublicUrl!;

    /// <param name="kind">The service.</param>
    /// <param name="number">From 1.</param>
    public ClusterService this[ServiceKind kind, int number] =>
        Services.FirstOrDefault(service => service.Kind == kind && service.Number == number)
        ?? throw new ArgumentOutOfRangeException(nameof(number), $"This cluster has no {kind.Name()}-{number}.");

    /// <summary>Starts everything and returns when every process is ready.</summary>
    /// <exception cref="ClusterRunningException">Another process runs a cluster on the same data directory.</exception>
    /// <exception cref="PortInUseException">A gateway's port is taken.</exception>
    /// <exception cref="ProcessNotReadyException">A process did not come up; everything is stopped again.</exception>
    /// <exception cref="FileNotFoundException">A server is not installed, or a service is not built.</exception>
    public static async Task<SluiceCluster> StartAsync(
        ClusterOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var path = Path.GetFullPath(options.Servers.DataDirectory);
        options = options with { Servers = options.Servers with { DataDirectory = path } };
        var directory = await DataDirectory.AcquireAsync(path, cancellationToken);
        SluiceCluster? cluster = null;
        try
        {
            await Leftovers.EndAsync(path, options.Servers.Log);
            ReservePorts(options);
            CheckBinaries(options);
            var servers = await ClusterServers.StartAsync(options.Servers, cancellationToken);
            var services = new ServiceLauncher(options, servers, Secret()).Create();
            cluster = new SluiceCluster(directory, options, servers, services);
            await cluster.StartServicesAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await (cluster?.DisposeAsync() ?? ValueTask.CompletedTask);
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Returns when every server and service answers that it is ready.</summary>
    /// <exception cref="ProcessNotReadyException">One did not in time; the message has the end of its log.</exception>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken = default)
    {
        await Servers.WaitUntilReadyAsync(cancellationToken);
        await Task.WhenAll(Services.Select(
            service => service.WaitUntilReadyAsync(_options.ReadyTimeout, cancellationToken)));
    }

    public async ValueTask DisposeAsync()
    {
        _log("stopping");
        // Gateways first, so that no request meets a service that is going away behind a gateway that is not.
        await StopAsync(service => service.Kind == ServiceKind.Gateway);
        await StopAsync(service => service.Kind != ServiceKind.Gateway);
        await Servers.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>The gateways come last, and the servers before them take ports of the same range.</summary>
    private static void ReservePorts(ClusterOptions options)
    {
        for (var n = 0; options.Port is { } first && n < options.Gateways; n++)
        {
            if (!FreePorts.IsFree(first + n))
            {
                throw new PortInUseException(first + n);
            }

            FreePorts.Reserve(first + n);
        }
    }

    /// <summary>Before any server is started for services that cannot be.</summary>
    private static void CheckBinaries(ClusterOptions options)
    {
        foreach (var kind in Enum.GetValues<ServiceKind>().Where(kind => options.CountOf(kind) > 0))
        {
            _ = ServiceBinaries.Assembly(kind);
        }
    }

    /// <summary>Everybody who may know it is started with it, so each start may have its own.</summary>
    private static string Secret() =>
        Environment.GetEnvironmentVariable("Internal__Secret") is { Length: > 0 } given
            ? given
            : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private async Task StartServicesAsync(CancellationToken cancellationToken)
    {
        await WriteEnvironmentAsync(cancellationToken);
        foreach (var service in Services)
        {
            await service.Process.StartAsync(cancellationToken);
        }

        await WaitUntilReadyAsync(cancellationToken);
        await File.WriteAllTextAsync(DataDirectory.ReadyFilePath(_directory.Path), "", cancellationToken);
    }

    private async Task WriteEnvironmentAsync(CancellationToken cancellationToken)
    {
        var text = new StringBuilder(EnvironmentFile.Servers(Servers));
        if (_options.Gateways > 0)
        {
            text.Append("SLUICE_URL=").Append(EnvironmentFile.Plain(Url)).Append('\n');
        }

        foreach (var service in Services)
        {
            text.Append(service.Kind.InternalUrlVariable(service.Number)).Append('=')
                .Append(EnvironmentFile.Plain(service.InternalUrl)).Append('\n');
        }

        await EnvironmentFile.WriteAsync(_directory.Path, text.ToString(), cancellationToken);
    }

    private Task StopAsync(Func<ClusterService, bool> which) =>
        Task.WhenAll(Services.Where(which).Select(service => service.Process.StopAsync()));
}
