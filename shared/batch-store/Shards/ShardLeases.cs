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
             RETURNING blob_id, first_line, lines, byte_offset, byte_length),
         suspected AS (
             UPDATE {Shards} SET suspect = true, suspected_at = coalesce(suspected_at, clock_timestamp())
             WHERE batch_id = $2 AND no = $3 AND epoch = $4 AND state = 2 AND owner <> $1
               AND EXISTS (SELECT FROM me)
             RETURNING 1)
         SELECT EXISTS (SELECT FROM me), EXISTS (SELECT FROM suspected),
                EXISTS (SELECT FROM {Shards} WHERE batch_id = $2 AND no = $3 AND epoch = $4 AND owner = $1),
                t.blob_id, t.first_line, t.lines, t.byte_offset, t.byte_length
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

    private const string AdvanceSql =
        $"""
         WITH {InstanceGuard.Cte}
         UPDATE {Shards} SET epoch = epoch + 1
         WHERE batch_id = $2 AND no = $3 AND epoch = $4 AND owner = $1 AND state = 2 AND EXISTS (SELECT FROM me)
         RETURNING epoch
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
                row.GetInt64(7)));
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
    /// Moves our own shard to the next epoch and keeps it. After a write with unknown outcome (a broken connection)
    /// this is what makes the outcome final: it waits for that write if it is still in flight, and refuses it if it has
    /// yet to arrive. Returns the new lease, or null when the shard is not ours any more.
    /// </summary>
    public async Task<ShardLease?> AdvanceAsync(ShardLease lease, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(AdvanceSql)
            .With(lease.Owner).With(lease.Key.BatchId).With(lease.Key.No).With(lease.Epoch);
        return await command.ExecuteScalarAsync(cancellationToken) is int epoch ? lease with { Epoch = epoch } : null;
    }
}
