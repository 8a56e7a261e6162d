using Sluice.LocalCluster.Processes;

namespace Sluice.LocalCluster.Servers;

/// <summary>
/// RabbitMQ and PostgreSQL of one cluster: private processes on free ports, or servers that somebody else runs.
/// Disposing stops the private ones; their data stay.
/// </summary>
public sealed class ClusterServers : IAsyncDisposable
{
    private readonly RabbitMqServer? _rabbitMq;
    private readonly PostgresServer? _postgres;

    private ClusterServers(ServersOptions options, RabbitMqServer? rabbitMq, PostgresServer? postgres)
    {
        _rabbitMq = rabbitMq;
        _postgres = postgres;
        RabbitMqUri = rabbitMq?.Uri ?? options.RabbitMqUri!;
        RabbitMqManagementUri = rabbitMq?.ManagementUri ?? options.RabbitMqManagementUri!;
        PostgresUri = postgres?.Uri ?? options.PostgresUri!;
    }

    /// <summary><c>amqp://user:password@host:port/vhost</c>.</summary>
    public Uri RabbitMqUri { get; }

    /// <summary><c>http://user:password@host:port</c>: management UI and API.</summary>
    public Uri RabbitMqManagementUri { get; }

    /// <summary><c>postgresql://user:password@host:port/database</c>.</summary>
    public Uri PostgresUri { get; }

    /// <summary>The private broker's process; null when an external one is used.</summary>
    public SupervisedProcess? RabbitMq => _rabbitMq?.Process;

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
        options = options with { DataDirectory = Path.GetFullPath(options.DataDirectory) };
        var servers = new ClusterServers(
            options,
            options.RabbitMqUri is null ? await RabbitMqServer.CreateAsync(options, cancellationToken) : null,
            options.PostgresUri is null ? await PostgresServer.CreateAsync(options, cancellationToken) : null);
        try
        {
            await Task.WhenAll(
                servers._rabbitMq?.StartAsync(cancellationToken) ?? Task.CompletedTask,
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
        _rabbitMq?.WaitUntilReadyAsync(cancellationToken) ?? Task.CompletedTask,
        _postgres?.WaitUntilReadyAsync(cancellationToken) ?? Task.CompletedTask);

    public async ValueTask DisposeAsync() => await Task.WhenAll(
        _rabbitMq?.StopAsync() ?? Task.CompletedTask,
        Postgres?.DisposeAsync().AsTask() ?? Task.CompletedTask);

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
