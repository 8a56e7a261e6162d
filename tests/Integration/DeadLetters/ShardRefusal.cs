using Dapper;
using Npgsql;

namespace Sluice.Tests.Integration.DeadLetters;

/// <summary>
/// The database refuses all shards with one SqlState, so that no validation ends, until it is disposed.
/// </summary>
internal sealed class ShardRefusal : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private ShardRefusal(NpgsqlConnection connection) => _connection = connection;

    public static async Task<ShardRefusal> BeginAsync(DeadLetterFixture sluice, string sqlState)
    {
        var connection = await sluice.Get<NpgsqlDataSource>().OpenConnectionAsync();
        await connection.ExecuteAsync(
            $"""
             CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{sqlState}'; END $$;
             CREATE TRIGGER refuse BEFORE INSERT ON scheduler.shards FOR EACH ROW EXECUTE FUNCTION refuse();
             """);
        return new(connection);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.ExecuteAsync("DROP FUNCTION refuse() CASCADE");
        await _connection.DisposeAsync();
    }
}
