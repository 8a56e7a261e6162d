using Npgsql;
using Sluice.Durability.Postgres;

namespace Sluice.Bench.Stream;

/// <summary>
/// Brings a new PostgreSQL to where one is that has run for a while: it writes into log segments that it has used
/// before. A new one makes each of them, 16 MiB of zeros that all commits wait for, 60 to 90 ms on these machines.
/// </summary>
internal static class WalSegments
{
    private const int Segments = 40;

    public static async Task PrepareAsync(Uri server)
    {
        await using var dataSource = NpgsqlDataSource.Create(PostgresUri.Parse(server.OriginalString));
        await ExecuteAsync(dataSource, "ALTER SYSTEM SET min_wal_size = '1GB'");
        await ExecuteAsync(dataSource, "SELECT pg_reload_conf()");
        for (var segment = 0; segment < Segments; segment++)
        {
            await ExecuteAsync(dataSource, "SELECT pg_logical_emit_message(false, 'bench', ''), pg_switch_wal()");
        }

        await ExecuteAsync(dataSource, "CHECKPOINT");
    }

    private static async Task ExecuteAsync(NpgsqlDataSource dataSource, string sql)
    {
        await using var command = dataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
