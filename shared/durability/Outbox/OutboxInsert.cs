using Npgsql;
using NpgsqlTypes;

namespace Sluice.Durability.Outbox;

/// <summary>
/// Stores messages: one statement for many rows, as ten arrays. EF Core would send a statement for each row, which took
/// most of the time of a transaction with many messages.
/// </summary>
internal static class OutboxInsert
{
    private const int RowsAtOnce = 1000;

    /// <summary>
    /// Cancels and inserts in the transaction that is open on the connection, or else in one of its own.
    /// </summary>
    public static async Task RunAsync(
        NpgsqlConnection connection, string schema, OutboxWork work, CancellationToken cancellationToken)
    {
        await using var batch = Batch(connection, schema, work);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc cref="RunAsync"/>
    public static void Run(NpgsqlConnection connection, string schema, OutboxWork work)
    {
        using var batch = Batch(connection, schema, work);
        batch.ExecuteNonQuery();
    }

    /// <summary>Several statements of one batch are one transaction, also where none was begun.</summary>
    private static NpgsqlBatch Batch(NpgsqlConnection connection, string schema, OutboxWork work)
    {
        var batch = connection.CreateBatch();
        foreach (var cancelled in work.Cancelled)
        {
            var cancel = new NpgsqlBatchCommand(OutboxTable.CancelSql(schema));
            cancel.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = cancelled });
            batch.BatchCommands.Add(cancel);
        }

        foreach (var some in work.Rows.Chunk(RowsAtOnce))
        {
            batch.BatchCommands.Add(Command(schema, some));
        }

        return batch;
    }

    private static NpgsqlBatchCommand Command(string schema, OutboxRow[] rows)
    {
        var command = new NpgsqlBatchCommand($"""
            INSERT INTO {schema}.outbox (id, destination, message_id, message_type, content_type, headers, body,
                schedule_id, deliver_at, expires_at)
            SELECT id, destination, message_id, message_type, content_type, headers, body,
                schedule_id, coalesce(deliver_at, now()), expires_at
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS row (id, destination, message_id, message_type,
                content_type, headers, body, schedule_id, deliver_at, expires_at)
            """);
        Add(NpgsqlDbType.Uuid, row => row.Id);
        Add(NpgsqlDbType.Text, row => row.Destination);
        Add(NpgsqlDbType.Uuid, row => row.MessageId);
        Add(NpgsqlDbType.Text, row => row.MessageType);
        Add(NpgsqlDbType.Text, row => row.ContentType);
        Add(NpgsqlDbType.Bytea, row => row.Headers);
        Add(NpgsqlDbType.Bytea, row => row.Body);
        Add(NpgsqlDbType.Uuid, row => row.ScheduleId);
        Add(NpgsqlDbType.TimestampTz, row => row.DeliverAt);
        Add(NpgsqlDbType.TimestampTz, row => row.ExpiresAt);
        return command;

        void Add<T>(NpgsqlDbType type, Func<OutboxRow, T> column) =>
            command.Parameters.Add(new NpgsqlParameter<T[]>
            {
                TypedValue = Array.ConvertAll(rows, row => column(row)),
                NpgsqlDbType = NpgsqlDbType.Array | type,
            });
    }
}
