using Dapper;
using Npgsql;

namespace Sluice.BatchStore.Shards;

/// <summary>Looks at the shards of a batch without touching them.</summary>
public static class ShardReads
{
    private const string Shards = BatchStoreSchema.Name + ".shards";

    /// <summary>
    /// Up to <paramref name="limit"/> shards with numbers above <paramref name="after"/>, lowest first; of one state
    /// only, if it is given.
    /// </summary>
    public static async Task<IReadOnlyList<ShardRow>> ListAsync(
        NpgsqlConnection connection, Guid batchId, ShardState? state, int after, int limit,
        CancellationToken cancellationToken) =>
        (await connection.QueryAsync<ShardRow>(new(
            $"""
             SELECT no AS No, state AS State, first_line AS FirstLine, lines AS Lines, completed AS Completed,
                    failed AS Failed, attempt AS Attempt, epoch AS Epoch, owner AS Owner, suspect AS Suspect,
                    split_part(cause, ':', 1) AS Cause, ready_after AS ReadyAfter, retries AS Retries,
                    retry_cause AS RetryCause, changed_at AS ChangedAt
             FROM {Shards}
             WHERE batch_id = @batchId AND no > @after AND (@state::smallint IS NULL OR state = @state)
             ORDER BY no LIMIT @limit
             """,
            new { batchId, state = (short?)state, after, limit },
            cancellationToken: cancellationToken))).AsList();

    /// <summary>One sum for each state that a shard of the batch is in.</summary>
    public static async Task<IReadOnlyList<ShardStateSum>> SumsAsync(
        NpgsqlConnection connection, Guid batchId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var sums = new List<ShardStateSum>();
        await using var command = new NpgsqlCommand(
            $"""
             SELECT state, count(*)::int, sum(greatest(attempt - 1, 0))::int, (count(*) FILTER (WHERE suspect))::int,
                    sum(retries)::int
             FROM {Shards} WHERE batch_id = $1 GROUP BY state ORDER BY state
             """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = batchId });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            sums.Add(new(
                (ShardState)row.GetInt16(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4)));
        }

        return sums;
    }

    /// <summary>Why shards of the batch wait that are not due yet, a word each, and how many do.</summary>
    public static async Task<IReadOnlyList<(string Cause, int Shards)>> WaitingAsync(
        NpgsqlConnection connection, Guid batchId, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<(string, int)>(new(
            $"""
             SELECT split_part(cause, ':', 1), count(*)::int FROM {Shards}
             WHERE batch_id = @batchId AND state = 0 AND ready_after > clock_timestamp() AND cause IS NOT NULL
             GROUP BY 1 ORDER BY 1
             """,
            new { batchId },
            cancellationToken: cancellationToken))).AsList();
}
