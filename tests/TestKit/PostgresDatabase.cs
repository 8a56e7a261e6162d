using Npgsql;
using Sluice.LocalCluster.Servers;
using Sluice.TestKit.Servers;

namespace Sluice.TestKit;

/// <summary>A fresh, empty database for one test class; dropped when disposed, whoever is still connected.</summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    private readonly Uri _server;
    private readonly string _name;

    private PostgresDatabase(Uri server, string name)
    {
        _server = server;
        _name = name;
        Uri = PostgresConnection.WithDatabase(server, name).ToString();
    }

    /// <summary>
    /// <c>postgresql://user:password@host:port/database</c>, as <c>ConnectionStrings:Postgres</c> takes it.
    /// </summary>
    public string Uri { get; }

    /// <summary>The same as an Npgsql connection string, not pooled.</summary>
    public string ConnectionString => PostgresConnection.FromUri(new Uri(Uri));

    /// <param name="server">On this server instead of the shared one.</param>
    public static async Task<PostgresDatabase> CreateAsync(Uri? server = null)
    {
        server ??= (await SharedServers.GetAsync()).PostgresUri;
        var database = new PostgresDatabase(server, "test_" + Guid.NewGuid().ToString("N")[..16]);
        await database.ExecuteOnServerAsync($"CREATE DATABASE {database._name}");
        return database;
    }

    /// <summary>Runs one statement in the database.</summary>
    public Task ExecuteAsync(string sql) => ExecuteAsync(ConnectionString, sql);

    /// <summary>First column of the first row; null for no row or NULL.</summary>
    public async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is { } value and not DBNull ? value : null;
    }

    public async ValueTask DisposeAsync() =>
        await ExecuteOnServerAsync($"DROP DATABASE IF EXISTS {_name} WITH (FORCE)");

    private Task ExecuteOnServerAsync(string sql) => ExecuteAsync(PostgresConnection.FromUri(_server), sql);

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
