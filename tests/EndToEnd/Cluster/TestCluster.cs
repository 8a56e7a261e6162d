using System.Collections.Concurrent;
using Npgsql;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Servers;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Sluice.TestKit.Servers;
using Sluice.Tests.EndToEnd.Api;

namespace Sluice.Tests.EndToEnd.Cluster;

/// <summary>
/// The four services as processes, with the keys of <see cref="TestKeys"/> and an upstream of their own.
/// </summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<TestCluster, bool> s_running = new();

    private readonly List<IAsyncDisposable> _owned = [];
    private readonly TemporaryDirectory _directory = new();

    private TestCluster()
    {
    }

    /// <summary>All that were started and not disposed.</summary>
    public static IEnumerable<TestCluster> Running => s_running.Keys;

    public SluiceCluster Processes { get; private set; } = null!;

    public UpstreamSimulator Upstream { get; private set; } = null!;

    public Uri Url => Processes.Url;

    /// <summary>The data directory.</summary>
    public string DirectoryPath => _directory.Path;

    /// <summary>On the shared servers, with a database and a vhost of its own.</summary>
    public static async Task<TestCluster> StartSharedAsync(Func<ClusterOptions, ClusterOptions>? change = null)
    {
        var cluster = new TestCluster();
        var database = cluster.Own(await PostgresDatabase.CreateAsync());
        var servers = await cluster.OnSharedBrokerAsync();
        return await cluster.StartAsync(servers with { PostgresUri = new Uri(database.Uri) }, change);
    }

    /// <summary>With a private database server, which a test may kill, and a vhost of the shared broker.</summary>
    public static async Task<TestCluster> StartPrivateDatabaseAsync(Func<ClusterOptions, ClusterOptions> change)
    {
        var cluster = new TestCluster();
        return await cluster.StartAsync(await cluster.OnSharedBrokerAsync(), change);
    }

    /// <summary>With private servers, which a test may kill.</summary>
    public static Task<TestCluster> StartPrivateAsync(
        Func<ClusterOptions, ClusterOptions>? change = null, int brokerNodes = 1)
    {
        var cluster = new TestCluster();
        return cluster.StartAsync(
            new ServersOptions { DataDirectory = cluster._directory.Path, RabbitMqNodes = brokerNodes }, change);
    }

    /// <summary>First column of the first row of a query on the cluster's database; null for none.</summary>
    public async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(PostgresConnection.FromUri(Processes.Servers.PostgresUri));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is { } value and not DBNull ? value : null;
    }

    public SluiceApi Api(string? key = TestKeys.Dev) => new(Url, key);

    public async ValueTask DisposeAsync()
    {
        s_running.TryRemove(this, out _);
        try
        {
            if (Processes is not null)
            {
                await StopAsync(Processes);
            }
        }
        finally
        {
            foreach (var owned in Enumerable.Reverse(_owned))
            {
                await owned.DisposeAsync();
            }

            KeepLogsAttribute.ClusterEnds(DirectoryPath);
            _directory.Dispose();
        }
    }

    /// <summary>
    /// At once: nobody is left whom its services could serve while they drain, and how they end is what other tests
    /// look at.
    /// </summary>
    private static async Task StopAsync(SluiceCluster cluster)
    {
        try
        {
            await Task.WhenAll(cluster.Services.Select(service => service.Process.StopAsync(Signal.Kill)));
        }
        finally
        {
            await cluster.DisposeAsync();
        }
    }

    private async Task<ServersOptions> OnSharedBrokerAsync()
    {
        var vhost = Own(await RabbitVhost.CreateAsync());
        return new ServersOptions
        {
            DataDirectory = _directory.Path,
            RabbitMqUri = new Uri(vhost.Uri),
            RabbitMqManagementUri = (await SharedServers.GetAsync()).RabbitMqManagementUri,
        };
    }

    private async Task<TestCluster> StartAsync(
        ServersOptions servers, Func<ClusterOptions, ClusterOptions>? change)
    {
        Upstream = Own(await UpstreamSimulator.StartAsync());
        var options = new ClusterOptions { Servers = servers };
        options = change?.Invoke(options) ?? options;
        var extra = options.Environment;
        options = options with
        {
            Environment = (kind, number) =>
            {
                var settings = Settings(kind);
                foreach (var (name, value) in extra?.Invoke(kind, number) ?? settings)
                {
                    settings[name] = value;
                }

                return settings;
            },
        };
        try
        {
            Processes = await SluiceCluster.StartAsync(options);
            s_running[this] = true;
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>Tests receive webhooks on this machine, and do not wait long for a second try.</summary>
    private static readonly KeyValuePair<string, string>[] WebhookSettings =
    [
        new("Webhooks__AllowHttp", "true"),
        new("Webhooks__AllowedNetworks__0", "127.0.0.0/8"),
        new("Webhooks__RetryDelay", "00:00:00.100"),
    ];

    private Dictionary<string, string> Settings(ServiceKind kind) => new(
        kind switch
        {
            ServiceKind.Gateway => TestKeys.Settings(),
            ServiceKind.Streaming => Upstream.Settings(),
            ServiceKind.BatchWorker => [.. Upstream.Settings(), .. Upstream.HttpTaskSettings()],
            ServiceKind.Scheduler => [.. Upstream.HttpTaskSettings(), .. WebhookSettings],
            _ => Upstream.HttpTaskSettings(),
        },
        StringComparer.Ordinal);

    private T Own<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
