using Dapper;
using Npgsql;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Batches.Priorities;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Dispatch;

/// <summary>What a round reads and notes. Every method is one statement in the caller's transaction.</summary>
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
    /// Batches in progress, those of the highest class after ageing first. Outstanding shards are found by the small
    /// indexes of their states, so that the cost does not grow with what waits.
    /// </summary>
    public static async Task<IReadOnlyList<DispatchCandidate>> CandidatesAsync(
        NpgsqlConnection connection, int maxReady, DateTimeOffset now, DispatchOptions options,
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
             SELECT b.id AS BatchId, b.tenant AS Tenant, b.priority::int AS Priority, b.created_at AS CreatedAt,
                    b.expires_at AS Deadline, b.paused_at IS NOT NULL AS IsPaused,
                    coalesce(f.raised, false) AS IsRaised,
                    coalesce(t.waited, interval '0') AS Waited,
                    coalesce(t.served_at, b.in_progress_at, b.created_at) AS ServedAt,
                    coalesce(o.shards, 0)::int AS Outstanding, b.trace_parent AS TraceParent,
                    coalesce(b.total_lines::float8 / nullif(b.total_shards, 0), 100) AS ShardLines,
                    (SELECT count(*) FROM (
                        SELECT FROM {S}.shards s WHERE s.batch_id = b.id AND s.state = 0
                          AND (s.ready_after IS NULL OR s.ready_after <= clock_timestamp())
                        LIMIT CASE WHEN p.parked_at IS NULL THEN @maxReady
                                   WHEN o.shards IS NULL AND p.parked_at < clock_timestamp() - @probeEvery THEN 1
                                   ELSE 0 END) AS r)::int AS Ready,
                    coalesce(p.shards, 0)::int AS PutOff
             FROM {S}.batches b
             LEFT JOIN outstanding o ON o.batch_id = b.id
             LEFT JOIN put_off p ON p.batch_id = b.id
             LEFT JOIN {S}.batch_turns t ON t.batch_id = b.id
             LEFT JOIN {S}.batch_forecasts f ON f.batch_id = b.id
             WHERE b.current_state = '{nameof(BatchStateMachine.InProgress)}' AND b.cancel_requested_at IS NULL
             ORDER BY b.paused_at IS NOT NULL,
                      b.priority / 10 - floor(extract(epoch FROM coalesce(t.waited, interval '0')
                          + (@now - coalesce(t.served_at, b.in_progress_at, b.created_at))) / @step),
                      b.created_at, b.id
             LIMIT @maxBatches
             """,
            new
            {
                maxReady,
                maxBatches = options.MaxBatches,
                now,
                step = options.AgeingStep.TotalSeconds,
                probeEvery = options.ParkedProbeEvery,
            },
            cancellationToken: cancellationToken))).Select(r => r.ToCandidate())];

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

    /// <summary>Shards in the broker or running, by class.</summary>
    public static async Task<IReadOnlyDictionary<ShardClass, int>> OutstandingAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<(short Class, int Shards)>(new(
            $"""
             SELECT class, sum(shards)::int FROM (
                 SELECT class, count(*) AS shards FROM {S}.shards WHERE state = 1 GROUP BY class
                 UNION ALL
                 SELECT class, count(*) FROM {S}.shards WHERE state = 2 GROUP BY class) AS busy
             GROUP BY class
             """,
            cancellationToken: cancellationToken))).ToDictionary(row => (ShardClass)row.Class, row => row.Shards);

    /// <summary>Notes that these batches had their turn, and how long they had waited by then.</summary>
    public static Task ServedAsync(
        NpgsqlConnection connection, IReadOnlyCollection<(Guid BatchId, TimeSpan Waited)> batches, DateTimeOffset now,
        CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"""
             INSERT INTO {S}.batch_turns (batch_id, served_at, waited)
             SELECT b, @now, w FROM unnest(@ids, @waited) AS served (b, w) ORDER BY b
             ON CONFLICT (batch_id) DO UPDATE SET served_at = excluded.served_at, waited = excluded.waited
             """,
            new
            {
                ids = batches.Select(b => b.BatchId).ToArray(),
                waited = batches.Select(b => b.Waited).ToArray(),
                now,
            },
            cancellationToken: cancellationToken));

    /// <summary>What a batch has waited so far stays; from now on it waits again.</summary>
    public static Task WaitsSinceAsync(
        NpgsqlConnection connection, Guid batchId, DateTimeOffset now, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"""
             INSERT INTO {S}.batch_turns (batch_id, served_at, waited) VALUES (@batchId, @now, interval '0')
             ON CONFLICT (batch_id) DO UPDATE SET served_at = excluded.served_at
             """,
            new { batchId, now },
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
    private sealed record Row
    {
        public required Guid BatchId { get; init; }

        public required string Tenant { get; init; }

        public required int Priority { get; init; }

        public required DateTime CreatedAt { get; init; }

        public DateTime? Deadline { get; init; }

        public required bool IsPaused { get; init; }

        public required bool IsRaised { get; init; }

        public required TimeSpan Waited { get; init; }

        public required DateTime ServedAt { get; init; }

        public required int Ready { get; init; }

        public required int Outstanding { get; init; }

        public required int PutOff { get; init; }

        public required double ShardLines { get; init; }

        public string? TraceParent { get; init; }

        public DispatchCandidate ToCandidate() => new()
        {
            BatchId = BatchId,
            Tenant = Tenant,
            Priority = new(Priority),
            CreatedAt = new(CreatedAt),
            Deadline = Deadline is { } deadline ? new(deadline) : null,
            IsPaused = IsPaused,
            IsAtRisk = IsRaised && Deadline is not null,
            Waited = Waited,
            ServedAt = new(ServedAt),
            Ready = Ready,
            Outstanding = Outstanding,
            PutOff = PutOff,
            ShardLines = Math.Max(ShardLines, 1),
            TraceParent = TraceParent,
        };
    }
}
