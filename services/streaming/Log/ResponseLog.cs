using System.Runtime.CompilerServices;
using Npgsql;
using Sluice.Durability.Postgres;
using Sluice.Streaming.Data;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Log;

/// <summary>Reads the log. Thread-safe; each call takes a connection of the pool for one statement.</summary>
internal sealed class ResponseLog(NpgsqlDataSource dataSource, LogBounds bounds)
{
    private const string FindSql =
        $"""
         SELECT tenant, surface, state, head, deleted OR (NOT store AND coalesce(ended_at < now() - $3, false)),
                coalesce(events, (
             SELECT seq + count FROM {StreamingSchema.Name}.response_events e
             WHERE e.day = r.day AND e.response_id = r.id ORDER BY seq DESC LIMIT 1), 0),
                owner
         FROM {StreamingSchema.Name}.responses r WHERE day = $1 AND id = $2
         """;

    // A compacted row begins at or before the position, so the page begins with the row that holds it.
    private const string ReadSql =
        $"""
         SELECT seq, count, format, payload FROM (
             SELECT seq, count, format, payload,
                    sum(length(payload)) OVER (ORDER BY seq) - length(payload) AS bytes_before
             FROM {StreamingSchema.Name}.response_events
             WHERE day = $1 AND response_id = $2 AND seq >= coalesce((
                 SELECT max(seq) FROM {StreamingSchema.Name}.response_events
                 WHERE day = $1 AND response_id = $2 AND seq <= $3), $3)
             ORDER BY seq LIMIT $4) AS page
         WHERE bytes_before < $5 ORDER BY seq
         """;

    // No index finds an entry: the journal holds about a second, and the arrays of ids tell which rows to open.
    private const string JournalSql =
        $"""
         SELECT coalesce(max(e.seq + e.count), 0) FROM {StreamingSchema.Name}.response_journal j
         CROSS JOIN LATERAL unnest(j.ids, j.seqs, j.counts) AS e (id, seq, count)
         WHERE j.ids @> ARRAY[$1] AND e.id = $1
         """;

    /// <summary>The response, or null when there is none of that id.</summary>
    public async Task<StoredResponse?> FindAsync(ResponseKey key, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand(FindSql);
        AddKey(command, key);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = bounds.ResumeWindow });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? new StoredResponse(
                reader.GetString(0),
                Enum.Parse<ResponseSurface>(reader.GetString(1)),
                reader.GetString(2),
                (byte[])reader.GetValue(3),
                reader.GetInt64(5))
            {
                IsGone = reader.GetBoolean(4),
                Owner = reader.GetGuid(6),
            }
            : null;
    }

    /// <summary>
    /// Position after the last event that a running response has in the journal of its owner, ahead of its rows; 0 when
    /// there is none.
    /// </summary>
    public async Task<long> JournaledNextAsync(ResponseKey key, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand(JournalSql);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = key.Id });
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>How often a reader at another instance has to call <see cref="FollowAsync"/>.</summary>
    public TimeSpan FollowEvery => bounds.ResumeWindow / 3;

    /// <summary>Tells the owner of a running response that it has a reader elsewhere.</summary>
    public async Task FollowAsync(ResponseKey key, CancellationToken cancellation)
    {
        // Any number of readers, and one write in a third of the window.
        await using var command = dataSource.CreateCommand(
            $"""
             UPDATE {StreamingSchema.Name}.responses SET followed_at = now()
             WHERE day = $1 AND id = $2 AND state = 'running'
             AND coalesce(followed_at < now() - $3 / 3, true)
             """);
        AddKey(command, key);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = bounds.ResumeWindow });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>It had a reader at another instance within the resume window.</summary>
    public async Task<bool> IsFollowedAsync(ResponseKey key)
    {
        await using var command = dataSource.CreateCommand(
            $"""
             SELECT coalesce(followed_at > now() - $3, false) FROM {StreamingSchema.Name}.responses
             WHERE day = $1 AND id = $2
             """);
        AddKey(command, key);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = bounds.ResumeWindow });
        return await command.ExecuteScalarAsync() is true;
    }

    /// <summary>The request that made it; null when that is not kept.</summary>
    public async Task<byte[]?> FindRequestAsync(ResponseKey key, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand(
            $"SELECT request FROM {StreamingSchema.Name}.responses WHERE day = $1 AND id = $2");
        AddKey(command, key);
        return await command.ReadBytesAsync(cancellation);
    }

    /// <summary>The last event; null when there is none.</summary>
    public async Task<LogEvent?> ReadLastAsync(ResponseKey key, CancellationToken cancellation)
    {
        var rows = await ReadAsync(key, long.MaxValue, cancellation);
        return rows.Count == 0 ? null : LogFormat.Read(rows[^1].Format, rows[^1].Payload).Last();
    }

    /// <summary>
    /// A page of rows, beginning with the one that holds <paramref name="seq"/>; bounded by <c>Log:PageRows</c> and
    /// <c>Log:PageBytes</c>.
    /// </summary>
    public async Task<List<LogRow>> ReadAsync(ResponseKey key, long seq, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand(ReadSql);
        AddKey(command, key);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = seq });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = bounds.Options.PageRows });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = bounds.Options.PageBytes });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<LogRow>();
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(new LogRow(
                reader.GetInt64(0), reader.GetInt32(1), reader.GetInt16(2), (byte[])reader.GetValue(3)));
        }

        return rows;
    }

    /// <summary>All rows of a response, a page of them in memory at a time.</summary>
    /// <param name="key">Which.</param>
    /// <param name="end">Position after the last event that it must have.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InvalidDataException">Some are missing.</exception>
    public async IAsyncEnumerable<LogRow> ReadAllAsync(
        ResponseKey key, long end, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var next = 0L; next < end;)
        {
            var page = await ReadAsync(key, next, cancellation);
            if (page.Count == 0)
            {
                throw LogReplay.Missing(key, next);
            }

            foreach (var row in page)
            {
                yield return row;
            }

            next = page[^1].Next;
        }
    }

    private static void AddKey(NpgsqlCommand command, ResponseKey key)
    {
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = key.Day });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = key.Id });
    }
}
