using Npgsql;
using Sluice.TestKit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>
/// A database with the log's tables and the day's partitions, and no instance: tests put in what they need.
/// </summary>
internal sealed class LogDatabase : IAsyncDisposable
{
    private readonly PostgresDatabase _database;

    private LogDatabase(PostgresDatabase database, NpgsqlDataSource source) => (_database, Source) = (database, source);

    public NpgsqlDataSource Source { get; }

    /// <param name="configure">The connections of <see cref="Source"/>, which are not pooled by default.</param>
    public static async Task<LogDatabase> CreateAsync(Action<NpgsqlConnectionStringBuilder>? configure = null)
    {
        var database = await PostgresDatabase.CreateAsync();
        await using (await StreamingProcess.StartAsync($"--ConnectionStrings:Postgres={database.Uri}"))
        {
            // It makes the schema, and is gone before there is something to do for it.
        }

        var connections = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        configure?.Invoke(connections);
        return new LogDatabase(database, NpgsqlDataSource.Create(connections.ConnectionString));
    }

    public Task ExecuteAsync(string sql) => _database.ExecuteAsync(sql);

    public Task<object?> ScalarAsync(string sql) => _database.ScalarAsync(sql);

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await _database.DisposeAsync();
    }
}
