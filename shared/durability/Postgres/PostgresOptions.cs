using System.ComponentModel.DataAnnotations;

namespace Sluice.Durability.Postgres;

/// <summary>Configuration section <c>Postgres</c>: bounds of every connection that the process opens.</summary>
public sealed class PostgresOptions
{
    public const string Section = "Postgres";

    /// <summary>Connections in the pool of this process. Default 50, range 1 to 1,000.</summary>
    [Range(1, 1000)]
    public int MaxPoolSize { get; init; } = 50;

    /// <summary>Server-side limit of one statement. Default 30 s, range 0.1 s to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Server-side limit of waiting for one lock. Default 5 s, range 0.05 s to 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:05:00")]
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a transaction may be open without a statement before the server ends it: the bound on how long a frozen
    /// process can hold row locks. Default 3 s, range 0.1 s to 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan IdleInTransactionTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Limit of opening a connection or waiting for one of the pool. Default 10 s, range 1 s to 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long start-up waits for a server that does not answer yet. Default 60 s, range 0 to 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
