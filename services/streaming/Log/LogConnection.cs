using Npgsql;

namespace Sluice.Streaming.Log;

/// <summary>
/// Connections for statements that run all the time and know the keys of what they want. PostgreSQL plans such a
/// statement once, and by its keys alone: otherwise it would plan those with arrays anew each time, which takes longer
/// than to run them; and a plan that it has made while the day's partition was small, or without knowing a
/// <c>LIMIT</c>, reads the whole partition, until its statistics are taken again.
/// </summary>
internal static class LogConnection
{
    private const string Settings =
        "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; "
        + "SET enable_mergejoin = off";

    /// <summary>One of the pool, which forgets the settings when it is returned.</summary>
    public static async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource dataSource, CancellationToken cancellation)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellation);
        try
        {
            await using var command = new NpgsqlCommand(Settings, connection);
            await command.ExecuteNonQueryAsync(cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
