using Npgsql;
using NpgsqlTypes;

namespace Sluice.Durability.Outbox;

/// <summary>
/// The statements on <c>outbox</c> and <c>outbox_dead</c>, each its own short transaction. Thread-safe.
/// </summary>
internal sealed class OutboxTable(NpgsqlDataSource dataSource, string schema)
{
    // Neither a claim nor a delete has to survive a crash of the database: a lost claim frees the row, a lost delete
    // publishes it once more, and the inbox drops that. So no relay waits for the disk.
    private const string Relaxed = "(SELECT set_config('synchronous_commit', 'off', true)) = 'off'";

    private readonly string _claimFresh = ClaimSql(schema, "attempts = 0");
    private readonly string _claimSuspect = ClaimSql(schema, "attempts > 0");

    public string Schema => schema;

    public async Task<List<ClaimedRow>> ClaimAsync(
        bool suspects, Guid token, int limit, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(suspects ? _claimSuspect : _claimFresh);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = token });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        command.Parameters.Add(
            new NpgsqlParameter<TimeSpan> { TypedValue = lease, NpgsqlDbType = NpgsqlDbType.Interval });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<ClaimedRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new ClaimedRow(
                reader.GetGuid(0), reader.GetString(1), reader.GetGuid(2), reader.GetString(3), reader.GetString(4),
                (byte[])reader.GetValue(5), (byte[])reader.GetValue(6),
                reader.GetValue(7) is DateTime expires ? new DateTimeOffset(expires) : null, reader.GetInt32(8),
                reader.GetInt32(9)));
        }

        return rows;
    }

    /// <summary>
    /// Deletes what was confirmed, unless the claim has run out and another relay has the rows by now.
    /// </summary>
    public Task<int> DeleteAsync(Guid token, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken) =>
        ExecuteAsync(
            $"DELETE FROM {schema}.outbox WHERE id = ANY($1) AND token = $2 AND {Relaxed}",
            cancellationToken, Ids(ids), Id(token));

    /// <summary>Gives up a claim at no cost for the rows.</summary>
    public Task ReleaseAsync(Guid token, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken) =>
        ExecuteAsync($"""
            UPDATE {schema}.outbox SET locked_until = NULL, token = NULL WHERE id = ANY($1) AND token = $2
            """, cancellationToken, Ids(ids), Id(token));

    /// <summary>Puts failed rows off, each by its own delay.</summary>
    public Task PutOffAsync(Guid token, IReadOnlyCollection<FailedRow> rows, CancellationToken cancellationToken) =>
        ExecuteAsync($"""
            UPDATE {schema}.outbox o
            SET attempts = f.attempts, refusals = f.refusals, deliver_at = now() + f.delay, last_error = f.error,
                locked_until = NULL, token = NULL
            FROM unnest($1, $2, $3, $4, $5) AS f(id, attempts, refusals, delay, error)
            WHERE o.id = f.id AND o.token = $6
            """, cancellationToken,
            Ids([.. rows.Select(row => row.Id)]),
            new NpgsqlParameter<int[]> { TypedValue = [.. rows.Select(row => row.Attempts)] },
            new NpgsqlParameter<int[]> { TypedValue = [.. rows.Select(row => row.Refusals)] },
            new NpgsqlParameter<TimeSpan[]>
            {
                TypedValue = [.. rows.Select(row => row.Delay)],
                NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Interval,
            },
            new NpgsqlParameter<string[]> { TypedValue = [.. rows.Select(row => row.Error)] },
            Id(token));

    /// <summary>Moves rows that were given up to <c>outbox_dead</c>.</summary>
    public Task BuryAsync(Guid token, IReadOnlyCollection<FailedRow> rows, CancellationToken cancellationToken) =>
        ExecuteAsync($"""
            WITH gone AS (DELETE FROM {schema}.outbox WHERE id = ANY($1) AND token = $2 RETURNING *)
            INSERT INTO {schema}.outbox_dead
                (id, destination, message_id, message_type, content_type, headers, body, created_at, attempts,
                last_error)
            SELECT g.id, g.destination, g.message_id, g.message_type, g.content_type, g.headers, g.body, g.created_at,
                g.attempts + 1, f.error
            FROM gone g JOIN unnest($1, $3) AS f(id, error) ON f.id = g.id
            """, cancellationToken,
            Ids([.. rows.Select(row => row.Id)]), Id(token),
            new NpgsqlParameter<string[]> { TypedValue = [.. rows.Select(row => row.Error)] });

    /// <summary>Stores a row in a transaction of its own.</summary>
    public async Task InsertAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await OutboxInsert.RunAsync(connection, schema, new OutboxWork([row], []), cancellationToken);
    }

    /// <returns>The number of messages that will not be sent.</returns>
    public Task<int> CancelAsync(Guid scheduleId, CancellationToken cancellationToken) =>
        ExecuteAsync(CancelSql(schema), cancellationToken, Id(scheduleId));

    /// <summary>
    /// Time until the earliest row is due; null if there is none. Rows under a claim count as due when the claim ends.
    /// </summary>
    public async Task<TimeSpan?> NextDueAsync(bool suspects, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"""
            SELECT greatest(deliver_at, locked_until) - now() FROM {schema}.outbox
            WHERE {(suspects ? "attempts > 0" : "attempts = 0")} ORDER BY deliver_at, id LIMIT 1
            """);
        return await command.ExecuteScalarAsync(cancellationToken) is TimeSpan wait ? wait : null;
    }

    /// <summary>Depth, counted up to a bound, and the age of the oldest row that is due.</summary>
    public async Task<(long Depth, TimeSpan Lag, long Dead)> MeasureAsync(
        int bound, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"""
            SELECT (SELECT count(*) FROM (SELECT 1 FROM {schema}.outbox LIMIT $1) AS bounded),
                coalesce(greatest(
                    (SELECT now() - min(deliver_at) FROM {schema}.outbox WHERE attempts = 0),
                    (SELECT now() - min(deliver_at) FROM {schema}.outbox WHERE attempts > 0)), interval '0'),
                (SELECT count(*) FROM (SELECT 1 FROM {schema}.outbox_dead LIMIT $1) AS bounded)
            """);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = bound });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var lag = (TimeSpan)reader.GetValue(1);
        return (reader.GetInt64(0), lag < TimeSpan.Zero ? TimeSpan.Zero : lag, reader.GetInt64(2));
    }

    public static string CancelSql(string schema) =>
        $"DELETE FROM {schema}.outbox WHERE schedule_id = $1 AND (locked_until IS NULL OR locked_until < now())";

    private static string ClaimSql(string schema, string which) => $"""
        WITH due AS (
            SELECT id FROM {schema}.outbox
            WHERE {which} AND deliver_at <= now() AND (locked_until IS NULL OR locked_until < now())
            ORDER BY deliver_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
        UPDATE {schema}.outbox o SET token = $1, locked_until = now() + $3
        FROM due WHERE o.id = due.id AND {Relaxed}
        RETURNING o.id, o.destination, o.message_id, o.message_type, o.content_type, o.headers, o.body, o.expires_at,
            o.attempts, o.refusals
        """;

    private static NpgsqlParameter<Guid> Id(Guid value) => new() { TypedValue = value };

    private static NpgsqlParameter<Guid[]> Ids(IReadOnlyCollection<Guid> values) => new() { TypedValue = [.. values] };

    private async Task<int> ExecuteAsync(
        string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = dataSource.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
