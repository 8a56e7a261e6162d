using System.Globalization;
using Npgsql;
using Sluice.Streaming.Data;

namespace Sluice.Streaming.Log;

/// <summary>
/// The partitions of the log, one for each UTC day. They are made ahead, as one that is missing refuses the writes of
/// its day, and removed when nothing in them can be read any more. Any number of instances may do this at once.
/// </summary>
internal sealed class LogPartitions(NpgsqlDataSource dataSource)
{
    // Yesterday for ids made before midnight, tomorrow for clocks that are ahead, one more if maintenance fails a day.
    private const int FirstDay = -1;
    private const int LastDay = 2;

    private static readonly string[] Tables = ["responses", "response_events"];

    public async Task CreateAsync(DateOnly today, CancellationToken cancellation)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock(20002)", cancellation);
        foreach (var table in Tables)
        {
            var existing = await ExistingAsync(connection, table, cancellation);
            for (var day = today.AddDays(FirstDay); day <= today.AddDays(LastDay); day = day.AddDays(1))
            {
                if (!existing.GetValueOrDefault(day))
                {
                    await CreateAsync(connection, table, day, cancellation);
                }
            }
        }

        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Removes the partitions of days before <paramref name="first"/>.</summary>
    public async Task RemoveAsync(DateOnly first, CancellationToken cancellation)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellation);
        foreach (var table in Tables)
        {
            foreach (var (day, isAttached) in await ExistingAsync(connection, table, cancellation))
            {
                if (day < first)
                {
                    await RemoveAsync(connection, Name(table, day), isAttached ? table : null, cancellation);
                }
            }
        }
    }

    /// <summary>Made apart and then attached: that takes no lock that readers and writers would wait for.</summary>
    private static Task CreateAsync(
        NpgsqlConnection connection, string table, DateOnly day, CancellationToken cancellation) =>
        ExecuteAsync(
            connection,
            $"""
             CREATE TABLE IF NOT EXISTS {Name(table, day)} (LIKE {StreamingSchema.Name}.{table} INCLUDING ALL);
             ALTER TABLE {StreamingSchema.Name}.{table} ATTACH PARTITION {Name(table, day)}
             FOR VALUES FROM ('{day:yyyy-MM-dd}') TO ('{day.AddDays(1):yyyy-MM-dd}')
             """,
            cancellation);

    /// <summary>
    /// Dropping a partition behind one long reader would hold up inserts into the others (measured: 3.4 s), so it is
    /// detached first, concurrently, and the lock for the drop is asked for only a moment. What fails is tried again
    /// the next time: a detach that was cut off is finished, and a table that was only detached is still found.
    /// </summary>
    private static async Task RemoveAsync(
        NpgsqlConnection connection, string partition, string? table, CancellationToken cancellation)
    {
        if (table is not null)
        {
            await DetachAsync(connection, partition, table, cancellation);
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, "SET LOCAL lock_timeout = '100ms'", cancellation);
        await ExecuteAsync(connection, $"DROP TABLE IF EXISTS {partition}", cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private static async Task DetachAsync(
        NpgsqlConnection connection, string partition, string table, CancellationToken cancellation)
    {
        var detach = $"ALTER TABLE {StreamingSchema.Name}.{table} DETACH PARTITION {partition}";
        try
        {
            await ExecuteAsync(connection, $"{detach} CONCURRENTLY", cancellation);
        }
        catch (PostgresException exception) when (
            exception.SqlState == PostgresErrorCodes.ObjectNotInPrerequisiteState)
        {
            await ExecuteAsync(connection, $"{detach} FINALIZE", cancellation);
        }
    }

    /// <summary>The days that have a table, by its name, and whether it is a partition still.</summary>
    private static async Task<Dictionary<DateOnly, bool>> ExistingAsync(
        NpgsqlConnection connection, string table, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT right(c.relname, 8), EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) FROM pg_class c
            WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' AND c.relname ~ ('^' || $2 || '_[0-9]{8}$')
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = StreamingSchema.Name });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = table });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var days = new Dictionary<DateOnly, bool>();
        while (await reader.ReadAsync(cancellation))
        {
            var day = DateOnly.ParseExact(reader.GetString(0), "yyyyMMdd", CultureInfo.InvariantCulture);
            days.Add(day, reader.GetBoolean(1));
        }

        return days;
    }

    private static string Name(string table, DateOnly day) => $"{StreamingSchema.Name}.{table}_{day:yyyyMMdd}";

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
