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

    private const string Columns =
        """
        a.id AS BatchId, a.tenant AS Tenant, a.priority AS Priority, a.created_at AS CreatedAt,
        a.expires_at AS Deadline, a.is_paused AS IsPaused, a.is_raised AS IsRaised, a.waited AS Waited,
        a.served_at AS ServedAt, a.outstanding AS Outstanding, a.shard_lines AS ShardLines,
        a.trace_parent AS TraceParent
        """;

    private const string Order = "a.is_paused, a.class, a.is_calm, a.raised_until, a.place, a.turn_at, a.id";

    /// <summary>
    /// One round at a time, over all schedulers: false when another one is at it. Released by the end of the
    /// transaction.
    /// </summary>
    public static Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<bool>(new(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('sluice.dispatch', 30003))",
            cancellationToken: cancellationToken));

    /// <summary>
    /// Batches that a round can dispatch of, in the order of <see cref="DispatchOrder"/> as far as one statement can
    /// tell it: class after ageing, then those that are raised, by deadline, then the first of each tenant, the second
    /// of each, and so on. A tenant's come by their number, and of one number first those that waited longest since
    /// their last turn, so that what a full round leaves out is in the next one. Outstanding shards are found by the
    /// small indexes of their states, ready ones are looked up until there are enough batches: the cost does not grow
    /// with what waits.
    /// </summary>
    public static async Task<IReadOnlyList<DispatchCandidate>> CandidatesAsync(
        NpgsqlConnection connection, int maxReady, DateTimeOffset now, DispatchOptions options,
        CancellationToken cancellationToken) =>
        [.. (await connection.QueryAsync<Row>(new(
            $"""
             {Ordered("AND b.paused_at IS NULL")}
             SELECT {Columns}, r.ready AS Ready, r.lines AS ReadyLines FROM ordered a
             CROSS JOIN LATERAL (
                 SELECT count(*)::int AS ready, array_agg(due.lines ORDER BY due.no) AS lines FROM (
                     SELECT s.no, s.lines - s.completed - s.failed AS lines FROM {S}.shards s
                     WHERE s.batch_id = a.id AND s.state = 0
                       AND (s.ready_after IS NULL OR s.ready_after <= clock_timestamp())
                     ORDER BY s.batch_id, s.no
                     LIMIT CASE WHEN a.parked_at IS NULL THEN @maxReady
                                WHEN a.outstanding = 0 AND a.parked_at < clock_timestamp() - @probeEvery THEN 1
                                ELSE 0 END) AS due) r
             WHERE r.ready > 0
             ORDER BY {Order} LIMIT @maxBatches
             """,
            new
            {
                maxReady,
                maxBatches = options.MaxBatches,
                probeEvery = options.ParkedProbeEvery,
                now,
                step = options.AgeingStep.TotalSeconds,
                leastWait = DispatchCandidate.LeastWait(options.AgeingStep),
            },
            cancellationToken: cancellationToken))).Select(r => r.ToCandidate())];

    /// <summary>
    /// Batches in progress, whether there is anything to dispatch of them or not, paused ones last; else in the order
    /// of <see cref="CandidatesAsync"/>. Their ready shards are not counted.
    /// </summary>
    public static async Task<IReadOnlyList<DispatchCandidate>> ActiveAsync(
        NpgsqlConnection connection, int maxBatches, DateTimeOffset now, TimeSpan ageingStep,
        CancellationToken cancellationToken) =>
        [.. (await connection.QueryAsync<Row>(new(
            $"""
             {Ordered("")}
             SELECT {Columns}, 0 AS Ready, NULL::int[] AS ReadyLines FROM ordered a ORDER BY {Order} LIMIT @maxBatches
             """,
            new
            {
                maxBatches,
                now,
                step = ageingStep.TotalSeconds,
                leastWait = DispatchCandidate.LeastWait(ageingStep),
            },
            cancellationToken: cancellationToken))).Select(r => r.ToCandidate())];

    /// <summary>Batches in progress that have no open shard, oldest first, without those that are known.</summary>
    public static async Task<IReadOnlyList<EndedBatch>> EndedAsync(
        NpgsqlConnection connection, IReadOnlyCollection<Guid> known, int limit,
        CancellationToken cancellationToken) =>
        (await connection.QueryAsync<EndedBatch>(new(
            // One probe of the index for each batch: as an anti-join it may become a scan of all open shards.
            $"""
             SELECT b.id AS BatchId, b.trace_parent AS TraceParent FROM {S}.batches b
             WHERE b.current_state = '{nameof(BatchStateMachine.InProgress)}' AND b.cancel_requested_at IS NULL
               AND (SELECT true FROM {S}.shards s WHERE s.batch_id = b.id AND s.state < 3 LIMIT 1) IS NULL
               AND b.id <> ALL(@known)
             ORDER BY b.created_at, b.id LIMIT @limit
             """,
            new { known = known.ToArray(), limit },
            cancellationToken: cancellationToken))).AsList();

    /// <summary>
    /// How many of these instances are workers that take shards, and how many shards workers ended in the last 2 s:
    /// what finalization closed says nothing of what they can do.
    /// </summary>
    public static Task<DispatchLoad> LoadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<Guid> alive, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<DispatchLoad>(new(
            $"""
             SELECT (SELECT count(*) FROM {S}.instances
                     WHERE service = 'batch-worker' AND NOT fenced AND NOT draining AND id = ANY(@alive))::int
                        AS Workers,
                    (SELECT count(*) FROM {S}.shards
                     WHERE state = 3 AND progressed AND changed_at > clock_timestamp() - interval '2 s')::int
                        AS EndedLately
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

    /// <summary>
    /// Batches in progress with their class after ageing and their place among those of their tenant, sorted once: what
    /// is looked up for each of them ends with the limit of the query.
    /// </summary>
    private static string Ordered(string which) =>
        $"""
         WITH outstanding AS (
             SELECT batch_id, sum(shards) AS shards FROM (
                 SELECT batch_id, count(*) AS shards FROM {S}.shards WHERE state = 1 GROUP BY batch_id
                 UNION ALL
                 SELECT batch_id, count(*) FROM {S}.shards WHERE state = 2 GROUP BY batch_id) AS busy
             GROUP BY batch_id),
         put_off AS (
             SELECT batch_id, max(changed_at) FILTER (WHERE ready_after > clock_timestamp()) AS parked_at,
                    max(ready_after) AS parked_until
             FROM {S}.shards WHERE state = 0 AND ready_after IS NOT NULL AND parked_by IS NOT NULL
             GROUP BY batch_id),
         active AS (
             SELECT b.id, b.tenant, b.priority::int AS priority, b.created_at, b.expires_at,
                    b.paused_at IS NOT NULL AS is_paused,
                    coalesce(f.raised, false) AND b.expires_at IS NOT NULL AS is_raised,
                    coalesce(t.waited, interval '0') AS waited,
                    coalesce(t.served_at, b.in_progress_at, b.created_at) AS turn_at,
                    {AgedClass.ServedAt("p.parked_until")} AS served_at,
                    coalesce(o.shards, 0)::int AS outstanding, p.parked_at, b.trace_parent,
                    coalesce(b.total_lines::float8 / nullif(b.total_shards, 0), 100) AS shard_lines
             FROM {S}.batches b
             LEFT JOIN outstanding o ON o.batch_id = b.id
             LEFT JOIN put_off p ON p.batch_id = b.id
             LEFT JOIN {S}.batch_turns t ON t.batch_id = b.id
             LEFT JOIN {S}.batch_forecasts f ON f.batch_id = b.id
             WHERE b.current_state = '{nameof(BatchStateMachine.InProgress)}' AND b.cancel_requested_at IS NULL
               {which}),
         aged AS (SELECT a.*, {AgedClass.Sql} AS class FROM active a),
         placed AS (
             SELECT a.*, row_number() OVER (
                 PARTITION BY a.tenant, a.class, a.is_raised ORDER BY a.priority % 10, a.turn_at, a.id) AS place,
                 NOT a.is_raised AS is_calm, CASE WHEN a.is_raised THEN a.expires_at END AS raised_until
             FROM aged a),
         ordered AS (SELECT * FROM placed a ORDER BY {Order})
         """;

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

        public int[]? ReadyLines { get; init; }

        public required int Outstanding { get; init; }

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
            IsAtRisk = IsRaised,
            Waited = Waited,
            ServedAt = new(ServedAt),
            Ready = Ready,
            ReadyLines = ReadyLines ?? [],
            Outstanding = Outstanding,
            ShardLines = Math.Max(ShardLines, 1),
            TraceParent = TraceParent,
        };
    }
}
