namespace Sluice.LocalCluster.Servers;

/// <summary>Which servers to start, and where.</summary>
public sealed record ServersOptions
{
    /// <summary>Holds data, logs and pid files of the private servers; made when missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Use this broker instead of a private one: <c>amqp://user:password@host:port/vhost</c>.</summary>
    public Uri? RabbitMqUri { get; init; }

    /// <summary>
    /// Management API of <see cref="RabbitMqUri"/>, with user and password; required together with it.
    /// </summary>
    public Uri? RabbitMqManagementUri { get; init; }

    /// <summary>
    /// Use this database instead of a private server: <c>postgresql://user:password@host:port/database</c>.
    /// </summary>
    public Uri? PostgresUri { get; init; }

    /// <summary>Starts a dead private server again. Default true.</summary>
    public bool RestartWhenDead { get; init; } = true;

    /// <summary>
    /// Nodes of the private broker, at least 1; several form a cluster (about 14 s, 145 MiB each). Default 1.
    /// </summary>
    public int RabbitMqNodes { get; init; } = 1;

    /// <summary>
    /// Lines added to the private broker's <c>rabbitmq.conf</c>, such as <c>consumer_timeout = 4000</c>.
    /// </summary>
    public IReadOnlyList<string> RabbitMqConfiguration { get; init; } = [];

    /// <summary>Settings of the private database server, such as <c>max_connections=50</c>.</summary>
    public IReadOnlyList<string> PostgresSettings { get; init; } = [];

    /// <summary>Gets one line for every start, restart and stop. Default: nowhere.</summary>
    public Action<string> Log { get; init; } = _ => { };

    /// <summary>
    /// Takes the servers that the environment names: <c>RABBITMQ_URI</c> with <c>RABBITMQ_MANAGEMENT_URI</c>, and
    /// <c>POSTGRES_URI</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// One of the broker's two variables is missing, or is not a URI.
    /// </exception>
    public ServersOptions WithEnvironment()
    {
        var rabbit = FromEnvironment("RABBITMQ_URI");
        var management = FromEnvironment("RABBITMQ_MANAGEMENT_URI");
        if ((rabbit is null) != (management is null))
        {
            throw new InvalidOperationException(
                "RABBITMQ_URI and RABBITMQ_MANAGEMENT_URI belong together: set both to use that broker, or none.");
        }

        return this with
        {
            RabbitMqUri = rabbit,
            RabbitMqManagementUri = management,
            PostgresUri = FromEnvironment("POSTGRES_URI"),
        };
    }

    private static Uri? FromEnvironment(string name)
    {
        var value = Environment.GetEnvironmentVariable(name);
        return string.IsNullOrEmpty(value) ? null
            : Uri.TryCreate(value, UriKind.Absolute, out var uri) ? uri
            : throw new InvalidOperationException($"{name} is not a URI.");
    }
}
