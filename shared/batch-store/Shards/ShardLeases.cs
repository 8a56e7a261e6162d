using Npgsql;
using Sluice.BatchStore.Sql;

namespace Sluice.BatchStore.Shards;

/// <summary>
/// The workers' side of the shards: take, renew, hand back. Each call is one statement of its own transaction, guarded
/// by the instance's unfenced row. Safe for concurrent use.
/// </summary>
public sealed class ShardLeases(NpgsqlDataSource dataSource)
{
    private const string Shards = BatchStoreSchema.Name + ".shards";

    // The three CTEs see one snapshot and touch disjoint states, so at most one of them writes.
    private const string TakeSql =
        $"""
         WITH {InstanceGuard.Cte},
         taken AS (
             UPDATE {Shards} SET state = 2, owner = $1, attempt = attempt + 1, suspect = false, suspected_at = NULL,
                    changed_at = clock_timestamp()
             WHERE batch_id = $2 AND no = $3 AND epoch = $4 AND state = 1 AND EXISTS (SELECT FROM me)
             RETURNING blob_id, first_line, lines, byte_offset, byte_length, attempt),
         suspected AS (
             UPDATE {Shards} SET suspect = true, suspected_at = coalesce(suspected_at, clock_timestamp())
             WHERE batch_id = $2 AND no = $3 AND epoch = $4 AND state = 2 AND owner <> $1
               AND EXISTS (SELECT FROM me)
             RETURNING 1)
         SELECT EXISTS (SELECT FROM me), EXISTS (SELECT FROM suspected),
                EXISTS (SELECT FROM {Shards} WHERE batch_id = $2 AND no = $3 AND epoch = $4 AND owner = $1),
                t.blob_id, t.first_line, t.lines, t.byte_offset, t.byte_length, t.attempt
         FROM (SELECT) AS one LEFT JOIN taken t ON true
         """;

    // Clearing is the proof of life; a fenced instance cannot give it.
    private const string RenewSql =
        $"""
         WITH {InstanceGuard.Cte},
         cleared AS (
             UPDATE {Shards} s SET suspect = false, suspected_at = NULL
             FROM (SELECT batch_id, no FROM {Shards} WHERE owner = $1 AND state = 2 AND suspect
                   ORDER BY batch_id, no FOR UPDATE) p
             WHERE s.batch_id = p.batch_id AND s.no = p.no AND EXISTS (SELECT FROM me))
         SELECT batch_id, no, epoch FROM {Shards} WHERE owner = $1 AND state = 2 AND EXISTS (SELECT FROM me)
         """;

    private const string ReleaseSql =
        $"""
         UPDATE {Shards} SET state = 0, epoch = epoch + 1, owner = NULL, suspect = false, suspected_at = NULL,
                changed_at = clock_timestamp()
         WHERE batch_id = $1 AND no = $2 AND epoch = $3 AND owner = $4 AND state = 2
         """;

    private const string DeclineSql =
        $"""
         UPDATE {Shards} SET state = 0, epoch = epoch + 1, changed_at = clock_timestamp()
         WHERE batch_id = $1 AND no = $2 AND epoch = $3 AND state = 1
         """;

    // "At least" because an earlier attempt at this may have committed without our hearing of it.
    private const string AdvanceSql =
        $"""
         WITH {InstanceGuard.Cte}
         UPDATE {Shards} SET epoch = epoch + 1
         WHERE batch_id = $2 AND no = $3 AND epoch >= $4 AND owner = $1 AND state = 2 AND EXISTS (SELECT FROM me)
         RETURNING epoch
         """;

    private const string OutcomeSql =
        $"""
         SELECT s.state = 3 AND s.epoch = $3, EXISTS (
             SELECT FROM {BatchStoreSchema.Name}.result_pages p
             WHERE p.batch_id = $1 AND p.kind IN (0, 1) AND p.shard_no = $2 AND p.page_no = $4)
         FROM {Shards} s WHERE s.batch_id = $1 AND s.no = $2
         """;

    /// <summary>Dispatched → Running for the epoch that the message carries, or tells why not.</summary>
    public async Task<TakeResult> TakeAsync(ShardLease lease, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(TakeSql)
            .With(lease.Owner).With(lease.Key.BatchId).With(lease.Key.No).With(lease.Epoch);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        if (!row.GetBoolean(0))
        {
            return new(TakeOutcome.Fenced, null);
        }

        if (!await row.IsDBNullAsync(3, cancellationToken))
        {
            return new(TakeOutcome.Taken, new(
                lease.Key, lease.Epoch, row.GetGuid(3), row.GetInt64(4), row.GetInt32(5), row.GetInt64(6),
                row.GetInt64(7), row.GetInt32(8)));
        }

        return new(
            row.GetBoolean(1) ? TakeOutcome.Suspected : row.GetBoolean(2) ? TakeOutcome.AlreadyOurs : TakeOutcome.Stale,
            null);
    }

    /// <summary>
    /// One round trip for all shards of the instance: clears suspicions and returns what the table says it owns.
    /// Nothing is returned to a fenced instance.
    /// </summary>
    public async Task<IReadOnlyList<OwnedShard>> RenewAsync(Guid owner, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(RenewSql).With(owner);
        var owned = new List<OwnedShard>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            owned.Add(new(new(row.GetGuid(0), row.GetInt32(1)), row.GetInt32(2)));
        }

        return owned;
    }

    /// <summary>
    /// Running → Ready with the next epoch: hands the shard back for another dispatch. False when it was not ours any
    /// more. Needs no guard: it gives up a right and writes no result.
    /// </summary>
    public async Task<bool> ReleaseAsync(ShardLease lease, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ReleaseSql)
            .With(lease.Key.BatchId).With(lease.Key.No).With(lease.Epoch).With(lease.Owner);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>
    /// Dispatched → Ready with the next epoch, by a worker that got the message but takes nothing any more. False when
    /// the message was stale. The lease's owner does not matter.
    /// </summary>
    public async Task<bool> DeclineAsync(ShardLease lease, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(DeclineSql)
            .With(lease.Key.BatchId).With(lease.Key.No).With(lease.Epoch);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>
    /// Finds out what became of an append that threw (a broken connection). The shard moves to the next epoch and
    /// stays ours: that waits for the append if it is still in flight, and refuses it if it has yet to arrive. May be
    /// repeated when it throws itself. The caller has to see to it that its process runs a shard once at a time.
    /// </summary>
    public async Task<RecoveredAppend> RecoverAsync(
        ShardLease lease, int pageNo, CancellationToken cancellationToken)
    {
        await using var advance = dataSource.CreateCommand(AdvanceSql)
            .With(lease.Owner).With(lease.Key.BatchId).With(lease.Key.No).With(lease.Epoch);
        var epoch = await advance.ExecuteScalarAsync(cancellationToken) as int?;

        // A second statement, because the first one's snapshot may be older than the commit that it waited for.
        await using var outcome = dataSource.CreateCommand(OutcomeSql)
            .With(lease.Key.BatchId).With(lease.Key.No).With(lease.Epoch).With(pageNo);
        await using var row = await outcome.ExecuteReaderAsync(cancellationToken);
        var (done, committed) = await row.ReadAsync(cancellationToken)
            ? (row.GetBoolean(0), row.GetBoolean(1))
            : (false, false);
        return (epoch, done) switch
        {
            ({ } next, _) => new(lease with { Epoch = next }, committed),
            // Only its owner makes a shard done without moving the epoch: that was the append in question.
            (null, true) => new(lease, true),
            _ => new(null, committed),
        };
    }
}
