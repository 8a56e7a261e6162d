using Dapper;
using Npgsql;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Dispatch;

/// <summary>What a round reads. Every method is one statement in the caller's transaction.</summary>
internal static class DispatchTable
{
    private const string S = SchedulerSchema.Name;

    /// <summary>
    /// One round at a time, over all schedulers: false when another one is at it. Released by the end of the
    /// transaction.
    /// </summary>
    public static Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<bool>(new(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('sluice.dispatch', 30003))",
            cancellationToken: cancellationToken));

    /// <summary>
    /// Batches in progress, oldest first. Outstanding shards are found by the small indexes of their states, so that
    /// the cost does not grow with what waits.
    /// </summary>
    public static async Task<IReadOnlyList<DispatchCandidate>> CandidatesAsync(
        NpgsqlConnection connection, int maxReady, int maxBatches, TimeSpan probeEvery,
        CancellationToken cancellationToken) =>
        [.. (await connection.QueryAsync<Row>(new(
            $"""
             WITH outstanding AS (
                 SELECT batch_id, sum(shards) AS shards FROM (
                     SELECT batch_id, count(*) AS shards FROM {S}.shards WHERE state = 1 GROUP BY batch_id
                     UNION ALL
                     SELECT batch_id, count(*) FROM {S}.shards WHERE state = 2 GROUP BY batch_id) AS busy
                 GROUP BY batch_id),
             put_off AS (
                 SELECT batch_id, count(*) AS shards, max(changed_at) FILTER (WHERE parked_by IS NOT NULL) AS parked_at
                 FROM {S}.shards WHERE state = 0 AND ready_after > clock_timestamp() GROUP BY batch_id)
             SELECT b.id AS BatchId, b.created_at AS CreatedAt, coalesce(o.shards, 0)::int AS Outstanding,
                    b.trace_parent AS TraceParent,
                    (SELECT count(*) FROM (
                        SELECT FROM {S}.shards s WHERE s.batch_id = b.id AND s.state = 0
                          AND (s.ready_after IS NULL OR s.ready_after <= clock_timestamp())
                        LIMIT CASE WHEN p.parked_at IS NULL THEN @maxReady
                                   WHEN o.shards IS NULL AND p.parked_at < clock_timestamp() - @probeEvery THEN 1
                                   ELSE 0 END) AS r)::int AS Ready,
                    coalesce(p.shards, 0)::int AS PutOff
             FROM {S}.batches b LEFT JOIN outstanding o ON o.batch_id = b.id LEFT JOIN put_off p ON p.batch_id = b.id
             WHERE b.current_state = '{nameof(BatchStateMachine.InProgress)}' AND b.cancel_requested_at IS NULL
             ORDER BY b.created_at, b.id LIMIT @maxBatches
             """,
            new { maxReady, maxBatches, probeEvery },
            cancellationToken: cancellationToken)))
            .Select(r => new DispatchCandidate(
                r.BatchId, new(r.CreatedAt), r.Ready, r.Outstanding, r.TraceParent, r.PutOff))];

    /// <summary>How many of these instances are workers, and how many shards ended in the last 2 s.</summary>
    public static Task<DispatchLoad> LoadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<Guid> alive, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<DispatchLoad>(new(
            $"""
             SELECT (SELECT count(*) FROM {S}.instances
                     WHERE service = 'batch-worker' AND NOT fenced AND id = ANY(@alive))::int AS Workers,
                    (SELECT count(*) FROM {S}.shards
                     WHERE state = 3 AND changed_at > clock_timestamp() - interval '2 s')::int AS EndedLately
             """,
            new { alive = alive.ToArray() },
            cancellationToken: cancellationToken));

    /// <summary>Owners of running shards that are dead: seen so by this process, fenced, or without a row.</summary>
    public static async Task<IReadOnlyList<Guid>> DeadOwnersAsync(
        NpgsqlConnection connection, IReadOnlyCollection<Guid> dead, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<Guid>(new(
            $"""
             SELECT DISTINCT s.owner FROM {S}.shards s LEFT JOIN {S}.instances i ON i.id = s.owner
             WHERE s.state = 2 AND (i.id IS NULL OR i.fenced OR s.owner = ANY(@dead))
             """,
            new { dead = dead.ToArray() },
            cancellationToken: cancellationToken))).AsList();

    // The driver reads timestamptz as a UTC DateTime.
    private sealed record Row(
        Guid BatchId, DateTime CreatedAt, int Outstanding, string? TraceParent, int Ready, int PutOff);
}
