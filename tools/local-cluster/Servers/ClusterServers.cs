using Sluice.LocalCluster.Processes;

namespace Sluice.LocalCluster.Servers;

/// <summary>
/// RabbitMQ and PostgreSQL of one cluster: private processes on free ports, or servers that somebody else runs.
/// Disposing stops the private ones; their data stay.
/// </summary>
public sealed class ClusterServers : IAsyncDisposable
{
    private readonly IReadOnlyList<RabbitMqServer> _rabbitMq;
    private readonly PostgresServer? _postgres;

    private ClusterServers(
        ServersOptions options, IReadOnlyList<RabbitMqServer> rabbitMq, PostgresServer? postgres)
    {
        _rabbitMq = rabbitMq;
        _postgres = postgres;
        RabbitMqUri = rabbitMq.Count > 0 ? rabbitMq[0].Uri : options.RabbitMqUri!;
        RabbitMqManagementUri = rabbitMq.Count > 0 ? rabbitMq[0].ManagementUri : options.RabbitMqManagementUri!;
        PostgresUri = postgres?.Uri ?? options.PostgresUri!;
    }

    /// <summary><c>amqp://user:password@host:port/vhost</c>.</summary>
    public Uri RabbitMqUri { get; }

    /// <summary><c>http://user:password@host:port</c>: management UI and API.</summary>
    public Uri RabbitMqManagementUri { get; }

    /// <summary><c>postgresql://user:password@host:port/database</c>.</summary>
    public Uri PostgresUri { get; }

    /// <summary>The private broker's process, its first node's; null when an external one is used.</summary>
    public SupervisedProcess? RabbitMq => _rabbitMq is [var first, ..] ? first.Process : null;

    /// <summary>The private broker's nodes; none when an external one is used.</summary>
    public IReadOnlyList<BrokerNode> RabbitMqNodes => [.. _rabbitMq.Select(
        node => new BrokerNode(node.NodeName, node.Uri, node.ManagementUri, node.Process))];

    /// <summary>The private database's postmaster; null when an external one is used.</summary>
    public SupervisedProcess? Postgres => _postgres?.Process;

    /// <summary>
    /// Starts what is not external, both side by side, and returns when clients can connect (about 8 s).
    /// </summary>
    /// <exception cref="ProcessNotReadyException">
    /// A server did not come up; what was started is stopped again.
    /// </exception>
    /// <exception cref="FileNotFoundException">A server's package is not installed.</exception>
    public static async Task<ClusterServers> StartAsync(
        ServersOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.RabbitMqNodes, 1, nameof(options));
        options = options with { DataDirectory = Path.GetFullPath(options.DataDirectory) };
        var nodes = new List<RabbitMqServer>();
        for (var number = 1; options.RabbitMqUri is null && number <= options.RabbitMqNodes; number++)
        {
            nodes.Add(await RabbitMqServer.CreateAsync(options, number, nodes.FirstOrDefault(), cancellationToken));
        }

        var servers = new ClusterServers(
            options,
            nodes,
            options.PostgresUri is null ? await PostgresServer.CreateAsync(options, cancellationToken) : null);
        try
        {
            await Task.WhenAll(
                servers.StartRabbitMqAsync(cancellationToken),
                servers._postgres?.StartAsync(cancellationToken) ?? Task.CompletedTask);
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills RabbitMQ (SIGKILL) and returns when clients can connect again.</summary>
    /// <exception cref="InvalidOperationException">The broker is an external one.</exception>
    public Task RestartRabbitMqAsync(CancellationToken cancellationToken = default) =>
        RestartAsync(RabbitMq, "RabbitMQ", WaitUntilReadyAsync, cancellationToken);

    /// <summary>Kills PostgreSQL's postmaster (SIGKILL) and returns when clients can connect again.</summary>
    /// <exception cref="InvalidOperationException">The database is an external one.</exception>
    public Task RestartPostgresAsync(CancellationToken cancellationToken = default) =>
        RestartAsync(Postgres, "PostgreSQL", WaitUntilReadyAsync, cancellationToken);

    /// <summary>Returns when clients can connect to the private servers.</summary>
    public Task WaitUntilReadyAsync(CancellationToken cancellationToken = default) => Task.WhenAll(
        Task.WhenAll(_rabbitMq.Select(node => node.WaitUntilReadyAsync(cancellationToken))),
        _postgres?.WaitUntilReadyAsync(cancellationToken) ?? Task.CompletedTask);

    public async ValueTask DisposeAsync() => await Task.WhenAll(
        StopRabbitMqAsync(),
        Postgres?.DisposeAsync().AsTask() ?? Task.CompletedTask);

    /// <summary>The others join the first one, and need its port mapper to the end.</summary>
    private async Task StartRabbitMqAsync(CancellationToken cancellationToken)
    {
        foreach (var first in _rabbitMq.Take(1))
        {
            await first.StartAsync(cancellationToken);
        }

        await Task.WhenAll(_rabbitMq.Skip(1).Select(node => node.StartAsync(cancellationToken)));
    }

    private async Task StopRabbitMqAsync()
    {
        await Task.WhenAll(_rabbitMq.Skip(1).Select(node => node.StopAsync()));
        await Task.WhenAll(_rabbitMq.Take(1).Select(node => node.StopAsync()));
    }

    private static async Task RestartAsync(
        SupervisedProcess? process,
        string name,
        Func<CancellationToken, Task> ready,
        CancellationToken cancellationToken)
    {
        if (process is null)
        {
            throw new InvalidOperationException($"{name} is an external server; it is not ours to restart.");
        }

        // A backend that outlives its postmaster keeps a new one from starting for a moment: the start must be retried.
        var restart = process.RestartWhenDead;
        process.RestartWhenDead = true;
        try
        {
            await process.StopAsync(Signal.Kill, cancellationToken);
            await process.StartAsync(cancellationToken);
            await ready(cancellationToken);
        }
        finally
        {
            process.RestartWhenDead = restart;
        }
    }
}
