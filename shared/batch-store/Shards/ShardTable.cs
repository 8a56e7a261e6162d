using Dapper;
using Npgsql;

namespace Sluice.BatchStore.Shards;

/// <summary>
/// The scheduler's side of the shards: cut, dispatch, close, count. Every method runs in the caller's
/// transaction, if the connection has one. Statements that lock several shards lock them in key order.
/// </summary>
public static class ShardTable
{
    private const string Shards = BatchStoreSchema.Name + ".shards";

    /// <summary>
    /// Adds shards of a validation, unless its epoch was overtaken; repeating a cut changes nothing.
    /// </summary>
    /// <returns>False when a newer validation runs: stop.</returns>
    public static async Task<bool> InsertAsync(
        NpgsqlConnection connection, ValidationLease validation, IReadOnlyList<ShardCut> cuts,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(cuts);
        await using var command = new NpgsqlCommand(
            $"""
             WITH current AS (
                 SELECT 1 FROM {BatchStoreSchema.Name}.validations WHERE batch_id = $1 AND epoch = $3 FOR SHARE),
             inserted AS (
                 INSERT INTO {Shards} (batch_id, blob_id, no, first_line, lines, byte_offset, byte_length)
                 SELECT $1, $2, c.* FROM current, unnest($4, $5, $6, $7, $8) AS c
                 ON CONFLICT DO NOTHING)
             SELECT count(*) FROM current
             """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = validation.BatchId });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = validation.BlobId });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = validation.Epoch });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. cuts.Select(c => c.No)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. cuts.Select(c => c.FirstLine)] });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. cuts.Select(c => c.Lines)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. cuts.Select(c => c.ByteOffset)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. cuts.Select(c => c.ByteLength)] });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))! == 1;
    }

    /// <summary>Removes all shards of a batch whose validation starts over or failed; none of them ran.</summary>
    public static Task DeleteAsync(NpgsqlConnection connection, Guid batchId, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"DELETE FROM {Shards} WHERE batch_id = @batchId", new { batchId }, cancellationToken: cancellationToken));

    /// <summary>
    /// Ready → Dispatched for at most <paramref name="limit"/> shards that are due, lowest numbers first. Write one
    /// <c>RunShard</c> of that class each in the same transaction.
    /// </summary>
    public static async Task<IReadOnlyList<DispatchedShard>> ClaimReadyAsync(
        NpgsqlConnection connection, Guid batchId, int limit, ShardClass shardClass,
        CancellationToken cancellationToken) =>
        (await connection.QueryAsync<DispatchedShard>(new(
            $"""
             WITH picked AS (
                 SELECT batch_id, no FROM {Shards} WHERE batch_id = @batchId AND state = 0
                   AND (ready_after IS NULL OR ready_after <= clock_timestamp())
                 ORDER BY batch_id, no LIMIT @limit FOR UPDATE SKIP LOCKED)
             UPDATE {Shards} s SET state = 1, class = @shardClass, ready_after = NULL, changed_at = clock_timestamp()
             FROM picked p WHERE s.batch_id = p.batch_id AND s.no = p.no
             RETURNING s.batch_id AS BatchId, s.no AS No, s.epoch AS Epoch
             """,
            new { batchId, limit, shardClass = (short)shardClass },
            cancellationToken: cancellationToken))).AsList();

    /// <summary>
    /// Closes every open shard of a batch: the epoch moves on, so that no page of a worker is accepted afterwards.
    /// Returns how many. Read what is done only after this committed.
    /// </summary>
    public static async Task<int> CloseAsync(
        NpgsqlConnection connection, Guid batchId, CancellationToken cancellationToken)
    {
        // A split that commits while a statement waits for its row adds a shard that this statement does not see, but
        // the next one does: it is over when one finds nothing open.
        var (all, closed) = (0, 0);
        do
        {
            closed = await connection.ExecuteAsync(new(
                $"""
                 WITH picked AS (
                     SELECT batch_id, no FROM {Shards} WHERE batch_id = @batchId AND state < 3
                     ORDER BY batch_id, no FOR UPDATE)
                 UPDATE {Shards} s
                 SET state = 4, epoch = epoch + 1, owner = NULL, suspect = false, suspected_at = NULL,
                     changed_at = clock_timestamp()
                 FROM picked p WHERE s.batch_id = p.batch_id AND s.no = p.no
                 """,
                new { batchId },
                cancellationToken: cancellationToken));
            all += closed;
        }
        while (closed > 0);

        return all;
    }

    /// <summary>
    /// Back to Ready, with the next epoch, for running shards of these owners. Fence the owners first.
    /// </summary>
    public static Task<int> ResetOwnersAsync(
        NpgsqlConnection connection, IReadOnlyCollection<Guid> owners, CancellationToken cancellationToken) =>
        ResetAsync(
            connection,
            "state = 2 AND owner = ANY(@owners)",
            new { owners = owners.ToArray(), cause = "worker_died" },
            cancellationToken);

    /// <summary>
    /// Back to Ready, with the next epoch, for running shards that have been suspect for <paramref name="patience"/>:
    /// their owner did not renew in that time. The moved epoch fences it for these shards.
    /// </summary>
    public static Task<int> ResetSuspectsAsync(
        NpgsqlConnection connection, TimeSpan patience, CancellationToken cancellationToken) =>
        ResetAsync(
            connection,
            "state = 2 AND suspect AND suspected_at < clock_timestamp() - @patience",
            new { patience, cause = "worker_unresponsive" },
            cancellationToken);

    /// <summary>
    /// Back to Ready, with the next epoch, for shards that no worker took within <paramref name="patience"/> and three
    /// times the age of the oldest running shard of the same class, of which at most <paramref name="slack"/> counts:
    /// the message was lost. One that was only slow is stale when it arrives.
    /// </summary>
    public static Task<int> ResetDispatchedAsync(
        NpgsqlConnection connection, TimeSpan patience, TimeSpan slack, CancellationToken cancellationToken) =>
        ResetAsync(
            connection,
            $"""
             state = 1 AND changed_at < clock_timestamp() - @patience AND changed_at < clock_timestamp() - @patience
                 - least(@slack, 3 * coalesce((SELECT clock_timestamp() - min(r.changed_at) FROM {Shards} r
                                               WHERE r.state = 2 AND r.class = shards.class), interval '0'))
             """,
            new { patience, slack, cause = "message_lost" },
            cancellationToken);

    /// <summary>
    /// Back to Ready, with the next epoch, for a dispatched shard whose message of this epoch failed for good: at once,
    /// and when it has come back so before after <paramref name="pause"/>, as that may go on for ever. False when it is
    /// not dispatched with this epoch any more.
    /// </summary>
    public static async Task<bool> ResetFailedAsync(
        NpgsqlConnection connection, ShardKey shard, int epoch, TimeSpan pause, CancellationToken cancellationToken) =>
        await connection.ExecuteAsync(new(
            $"""
             UPDATE {Shards} SET state = 0, epoch = epoch + 1, parked_by = NULL, back = false,
                    ready_after = CASE WHEN cause = @cause THEN clock_timestamp() + @pause END, cause = @cause,
                    changed_at = clock_timestamp()
             WHERE batch_id = @BatchId AND no = @No AND epoch = @epoch AND state = 1
             """,
            new { shard.BatchId, shard.No, epoch, pause, cause = "message_failed" },
            cancellationToken: cancellationToken)) == 1;

    /// <summary>Those of the given batches that have no open shard.</summary>
    public static async Task<IReadOnlyList<Guid>> WithoutOpenShardAsync(
        NpgsqlConnection connection, IReadOnlyCollection<Guid> batchIds, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<Guid>(new(
            $"""
             SELECT b FROM unnest(@batchIds) AS b
             WHERE NOT EXISTS (SELECT FROM {Shards} s WHERE s.batch_id = b AND s.state < 3)
             """,
            new { batchIds = batchIds.ToArray() },
            cancellationToken: cancellationToken))).AsList();

    /// <summary>Sums per batch; a batch without shards is missing from the answer.</summary>
    public static async Task<IReadOnlyDictionary<Guid, ShardTotals>> TotalsAsync(
        NpgsqlConnection connection, IReadOnlyCollection<Guid> batchIds, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<ShardTotals>(new(
            $"""
             SELECT batch_id AS BatchId, count(*)::int AS Shards, (count(*) FILTER (WHERE state < 3))::int AS Open,
                    sum(lines)::bigint AS Lines, sum(completed)::bigint AS Completed, sum(failed)::bigint AS Failed,
                    sum(prompt_tokens)::bigint AS PromptTokens, sum(completion_tokens)::bigint AS CompletionTokens
             FROM {Shards} WHERE batch_id = ANY(@batchIds) GROUP BY batch_id
             """,
            new { batchIds = batchIds.ToArray() },
            cancellationToken: cancellationToken))).ToDictionary(t => t.BatchId);

    /// <summary>
    /// The closed shards of a batch with numbers above <paramref name="after"/>, lowest first: what finalization still
    /// has to report.
    /// </summary>
    public static async Task<IReadOnlyList<ShardRange>> ClosedAsync(
        NpgsqlConnection connection, Guid batchId, int after, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        await using var command = new NpgsqlCommand(
            $"""
             SELECT no, epoch, blob_id, first_line, lines, byte_offset, byte_length, attempt
             FROM {Shards} WHERE batch_id = $1 AND state = 4 AND no > $2 ORDER BY no LIMIT $3
             """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = batchId });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        var closed = new List<ShardRange>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            closed.Add(new(
                new(batchId, reader.GetInt32(0)), reader.GetInt32(1), reader.GetGuid(2), reader.GetInt64(3),
                reader.GetInt32(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetInt32(7)));
        }

        return closed;
    }

    /// <summary>An end of a running shard without its worker's word is an unclean one.</summary>
    private static Task<int> ResetAsync(
        NpgsqlConnection connection, string which, object parameters, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"""
             WITH picked AS (
                 SELECT batch_id, no FROM {Shards} WHERE {which} ORDER BY batch_id, no FOR UPDATE SKIP LOCKED)
             UPDATE {Shards} s
             SET state = 0, epoch = epoch + 1, owner = NULL, suspect = false, suspected_at = NULL, cause = @cause,
                 unclean_ends = unclean_ends + CASE WHEN state = 2 AND NOT progressed THEN 1 ELSE 0 END,
                 trial_ends = trial_ends + CASE WHEN trial_open THEN 1 ELSE 0 END, trial_open = false,
                 changed_at = clock_timestamp()
             FROM picked p WHERE s.batch_id = p.batch_id AND s.no = p.no
             """,
            parameters,
            cancellationToken: cancellationToken));
}
