using Npgsql;
using Sluice.BatchStore.Sql;

namespace Sluice.BatchStore.Shards;

/// <summary>
/// The workers' side of the shards: take, renew, split, hand back. Each call is one statement of its own transaction,
/// guarded by the instance's unfenced row. Safe for concurrent use.
/// </summary>
public sealed class ShardLeases(NpgsqlDataSource dataSource)
{
    private const int MaxCause = 500;
    private const string Shards = BatchStoreSchema.Name + ".shards";

    private const string IsPaused =
        $"EXISTS (SELECT FROM {BatchStoreSchema.Name}.validations v WHERE v.batch_id = $2 AND v.paused)";

    // The CTEs see one snapshot, and one pause, and touch disjoint states, so at most one of them writes.
    private const string TakeSql =
        $"""
         WITH {InstanceGuard.Cte},
         refused AS (
             UPDATE {Shards} SET state = 0, epoch = epoch + 1, cause = '{ShardReturn.Paused}',
                    changed_at = clock_timestamp()
             WHERE batch_id = $2 AND no = $3 AND epoch = $4 AND state = 1 AND EXISTS (SELECT FROM me) AND {IsPaused}
             RETURNING 1),
         taken AS (
             UPDATE {Shards} SET state = 2, owner = $1, attempt = attempt + 1, suspect = false, suspected_at = NULL,
                    progressed = false, changed_at = clock_timestamp()
             WHERE batch_id = $2 AND no = $3 AND epoch = $4 AND state = 1 AND EXISTS (SELECT FROM me)
               AND NOT {IsPaused}
             RETURNING blob_id, first_line, lines, byte_offset, byte_length, attempt, unclean_ends,
                       coalesce(trial_line, 0) AS trial_line, trial_ends, failures, parks,
                       CASE WHEN back THEN parked_by END AS back_from, error_parks, limited_runs,
                       EXISTS (SELECT FROM {Shards} o WHERE o.batch_id = $2 AND o.owns_errors) AS owns_errors),
         suspected AS (
             UPDATE {Shards} SET suspect = true, suspected_at = coalesce(suspected_at, clock_timestamp())
             WHERE batch_id = $2 AND no = $3 AND epoch = $4 AND state = 2 AND owner <> $1
               AND EXISTS (SELECT FROM me)
             RETURNING 1)
         SELECT EXISTS (SELECT FROM me), EXISTS (SELECT FROM suspected),
                EXISTS (SELECT FROM {Shards} WHERE batch_id = $2 AND no = $3 AND epoch = $4 AND owner = $1),
                t.blob_id, t.first_line, t.lines, t.byte_offset, t.byte_length, t.attempt, t.unclean_ends,
                t.trial_line, t.trial_ends, t.failures, t.parks, t.back_from, t.error_parks, t.owns_errors,
                EXISTS (SELECT FROM refused), t.limited_runs
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
         SELECT batch_id, no, epoch,
                EXISTS (SELECT FROM {BatchStoreSchema.Name}.validations v WHERE v.batch_id = s.batch_id AND v.paused)
         FROM {Shards} s WHERE owner = $1 AND state = 2 AND EXISTS (SELECT FROM me)
         """;

    private const string ReleaseSql =
        $"""
         UPDATE {Shards} SET state = 0, epoch = epoch + 1, owner = NULL, suspect = false, suspected_at = NULL,
                trial_open = false, cause = $5, ready_after = clock_timestamp() + $6, parked_by = $7, back = false,
                parks = parks + CASE WHEN $7 IS NULL THEN 0 ELSE 1 END,
                error_parks = CASE WHEN $7 IS NULL THEN error_parks
                                   WHEN $5 = '{ShardReturn.Errors}' THEN error_parks + 1 ELSE 0 END,
                owns_errors = owns_errors OR $9, limited_runs = limited_runs + CASE WHEN $10 THEN 1 ELSE 0 END,
                failures = failures + CASE WHEN $8 THEN 1 ELSE 0 END, changed_at = clock_timestamp()
         WHERE batch_id = $1 AND no = $2 AND epoch = $3 AND owner = $4 AND state = 2
         """;

    private const string DeclineSql =
        $"""
         UPDATE {Shards} SET state = 0, epoch = epoch + 1, cause = $4, changed_at = clock_timestamp()
         WHERE batch_id = $1 AND no = $2 AND epoch = $3 AND state = 1
         """;

    // The row's lock makes a close wait, or the split find the shard closed. One that was split before is told as such.
    private const string SplitSql =
        $"""
         WITH {InstanceGuard.Cte},
         held AS (
             UPDATE {Shards} SET lines = $7, byte_length = $8
             WHERE batch_id = $2 AND no = $3 AND epoch = $4 AND owner = $1 AND state = 2
               AND lines = $5 AND byte_length = $6 AND EXISTS (SELECT FROM me)
             RETURNING blob_id, byte_offset, unclean_ends),
         rest AS (
             INSERT INTO {Shards} (batch_id, no, blob_id, first_line, lines, byte_offset, byte_length, unclean_ends,
                                   cause)
             SELECT $2, (SELECT max(no) + 1 FROM {Shards} WHERE batch_id = $2), blob_id, $9, $5 - $7,
                    byte_offset + $8, $6 - $8, unclean_ends, 'time_slice'
             FROM held)
         SELECT EXISTS (SELECT FROM held) OR EXISTS (
             SELECT FROM {Shards} WHERE batch_id = $2 AND no = $3 AND lines = $7 AND byte_length = $8)
         """;

    private const string BackSql =
        $"""
         WITH picked AS (
             SELECT batch_id, no FROM {Shards}
             WHERE state = 0 AND ready_after > clock_timestamp() AND parked_by = $1
             ORDER BY batch_id, no FOR UPDATE SKIP LOCKED)
         UPDATE {Shards} s SET ready_after = clock_timestamp(), back = true
         FROM picked p WHERE s.batch_id = p.batch_id AND s.no = p.no
         """;

    private const string TrySql =
        $"""
         WITH {InstanceGuard.Cte}
         UPDATE {Shards} SET trial_ends = CASE WHEN trial_line = $5 THEN trial_ends ELSE 0 END, trial_line = $5,
                trial_open = true
         WHERE batch_id = $2 AND no = $3 AND epoch = $4 AND owner = $1 AND state = 2 AND EXISTS (SELECT FROM me)
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

    /// <summary>
    /// Dispatched → Running for the epoch that the message carries, or tells why not. A shard of a paused batch becomes
    /// Ready with the next epoch.
    /// </summary>
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
                row.GetInt64(7), row.GetInt32(8))
            {
                UncleanEnds = row.GetInt32(9),
                TrialLine = row.GetInt64(10),
                TrialEnds = row.GetInt32(11),
                Failures = row.GetInt32(12),
                Parks = row.GetInt32(13),
                BackFrom = await row.IsDBNullAsync(14, cancellationToken) ? null : row.GetString(14),
                ErrorParks = row.GetInt32(15),
                OwnsErrors = row.GetBoolean(16),
                LimitedRuns = row.GetInt32(18),
            });
        }

        var outcome = row.GetBoolean(1) ? TakeOutcome.Suspected
            : row.GetBoolean(2) ? TakeOutcome.AlreadyOurs
            : row.GetBoolean(17) ? TakeOutcome.Paused
            : TakeOutcome.Stale;
        return new(outcome, null);
    }

    /// <summary>
    /// One round trip for all shards of the instance: clears suspicions and returns what the table says it owns, and
    /// what of that is of paused batches. Nothing is returned to a fenced instance.
    /// </summary>
    public async Task<IReadOnlyList<OwnedShard>> RenewAsync(Guid owner, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(RenewSql).With(owner);
        var owned = new List<OwnedShard>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            owned.Add(new(new(row.GetGuid(0), row.GetInt32(1)), row.GetInt32(2), row.GetBoolean(3)));
        }

        return owned;
    }

    /// <summary>
    /// Running → Ready with the next epoch: hands the shard back for another dispatch. False when it was not ours any
    /// more. Needs no guard: it gives up a right and writes no result.
    /// </summary>
    public async Task<bool> ReleaseAsync(ShardLease lease, ShardReturn back, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(back);
        await using var command = dataSource.CreateCommand(ReleaseSql)
            .With(lease.Key.BatchId).With(lease.Key.No).With(lease.Epoch).With(lease.Owner)
            .WithText(Cut(back.Cause)).WithInterval(back.After).WithText(back.ParkedBy).With(back.IsFailure)
            .With(back.OwnsErrors).With(back.IsLimited);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>
    /// Dispatched → Ready with the next epoch, by a worker that got the message but does not take the shard. False when
    /// the message was stale. The lease's owner does not matter.
    /// </summary>
    public async Task<bool> DeclineAsync(ShardLease lease, string cause, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(cause);
        await using var command = dataSource.CreateCommand(DeclineSql)
            .With(lease.Key.BatchId).With(lease.Key.No).With(lease.Epoch).WithText(Cut(cause));
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>
    /// Cuts the end off a running shard: it becomes a ready shard with the batch's next number, in the same statement.
    /// No line of it may have a result or be in hand. False when the shard is not ours any more. When it throws, the
    /// outcome is unknown; repeat it until it returns true, or hand the shard back: both are right after either.
    /// </summary>
    /// <remarks>
    /// Bounded by the lines, whether they get on or not: both parts have one at least, and no line is in two shards. A
    /// batch of n lines in s shards is split n - s times at most, and a shard of one line never.
    /// </remarks>
    /// <exception cref="PostgresException">
    /// Unique violation: another shard of the batch was split in the same moment; repeat it.
    /// </exception>
    public async Task<bool> SplitAsync(
        ShardLease lease, ShardRange range, ShardSplit at, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(range);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(at.Lines, nameof(at));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(at.Lines, range.Lines, nameof(at));
        await using var command = dataSource.CreateCommand(SplitSql)
            .With(lease.Owner).With(lease.Key.BatchId).With(lease.Key.No).With(lease.Epoch)
            .With(range.Lines).With(range.ByteLength).With(at.Lines).With(at.Bytes).With(at.NextLine);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// Records the one line that a quarantined shard is about to run, so that it is known if the process ends with it.
    /// The line's page takes that back. False when the shard is not ours any more.
    /// </summary>
    public async Task<bool> TryLineAsync(ShardLease lease, long line, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(TrySql)
            .With(lease.Owner).With(lease.Key.BatchId).With(lease.Key.No).With(lease.Epoch).With(line);
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

    /// <summary>
    /// Parked shards of a provider that answers again may be dispatched at once. Returns how many. Needs no guard: it
    /// is right or it costs a dispatch.
    /// </summary>
    public async Task<int> BringBackAsync(string provider, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(BackSql).WithText(provider);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Cut(string cause) => cause.Length <= MaxCause ? cause : cause[..MaxCause];
}
