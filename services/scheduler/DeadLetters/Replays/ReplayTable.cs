using Dapper;
using Npgsql;
using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Webhooks;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>
/// The rows of replays and the letters that they hold. Every method is one statement in the caller's transaction, if
/// the connection has one.
/// </summary>
internal static class ReplayTable
{
    private const string Replays = SchedulerSchema.Name + ".dead_letter_replays";

    private const string Columns =
        """
        id AS Id, tenant AS Tenant, token AS Token, state AS State, letters AS Letters, replayed AS Replayed,
        already_replayed AS AlreadyReplayed, skipped AS Skipped, rate AS Rate, stop_after AS StopAfter,
        stopped_because AS StoppedBecause, created_at AS CreatedAt
        """;

    /// <summary>False when the token was used before.</summary>
    public static async Task<bool> InsertAsync(
        NpgsqlConnection connection, ReplayRow replay, DateTimeOffset nextAt, CancellationToken cancellationToken) =>
        await connection.ExecuteAsync(new(
            $"""
             INSERT INTO {Replays} (id, tenant, token, state, letters, replayed, already_replayed, skipped, rate,
                 stop_after, created_at, next_at)
             VALUES (@Id, @Tenant, @Token, @state, @Letters, @Replayed, @AlreadyReplayed, @Skipped, @Rate, @StopAfter,
                 @CreatedAt, @nextAt)
             ON CONFLICT (token) WHERE token IS NOT NULL DO NOTHING
             """,
            new
            {
                replay.Id,
                replay.Tenant,
                replay.Token,
                state = (short)replay.State,
                replay.Letters,
                replay.Replayed,
                replay.AlreadyReplayed,
                replay.Skipped,
                replay.Rate,
                replay.StopAfter,
                replay.CreatedAt,
                nextAt,
            },
            cancellationToken: cancellationToken)) == 1;

    /// <summary>Open → Replaying for the open ones of these letters, at most so many. Returns how many.</summary>
    public static Task<int> ClaimAsync(
        NpgsqlConnection connection, LetterScope scope, LetterFilter filter, Guid replay, int limit,
        CancellationToken cancellationToken)
    {
        // Locked in the order of their ids, so that two replays of the same letters wait and do not deadlock.
        var where = new LetterWhere(scope, filter with { State = LetterState.Open });
        where.Parameters.Add("replay", replay);
        where.Parameters.Add("limit", limit);
        return connection.ExecuteAsync(new(
            $"""
             WITH picked AS (
                 SELECT d.id FROM {LetterTable.Name} d WHERE {where.Sql} ORDER BY d.id LIMIT @limit FOR UPDATE)
             UPDATE {LetterTable.Name} u SET state = {(int)LetterState.Replaying}, replay_id = @replay
             FROM picked p WHERE u.id = p.id
             """,
            where.Parameters,
            cancellationToken: cancellationToken));
    }

    public static Task<ReplayRow?> FindAsync(
        NpgsqlConnection connection, LetterScope scope, Guid id, CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<ReplayRow>(new(
            $"SELECT {Columns} FROM {Replays} WHERE id = @id AND (@tenant::text IS NULL OR tenant = @tenant)",
            new { id, tenant = scope.Tenant },
            cancellationToken: cancellationToken));

    public static Task<ReplayRow?> FindByTokenAsync(
        NpgsqlConnection connection, LetterScope scope, Guid token, CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<ReplayRow>(new(
            $"SELECT {Columns} FROM {Replays} WHERE token = @token AND tenant IS NOT DISTINCT FROM @tenant",
            new { token, tenant = scope.Tenant },
            cancellationToken: cancellationToken));

    /// <summary>
    /// Takes a running one whose next step is due, until <paramref name="until"/>; null when there is none.
    /// </summary>
    public static Task<ReplayRow?> TakeDueAsync(
        NpgsqlConnection connection, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<ReplayRow>(new(
            $"""
             UPDATE {Replays} SET next_at = @until WHERE id = (
                 SELECT id FROM {Replays} WHERE state = {(int)ReplayState.Running} AND next_at <= @now
                 ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
             RETURNING {Columns}
             """,
            new { now, until },
            cancellationToken: cancellationToken));

    /// <summary>False when it has ended: it is not to send anything any more. Locks the row.</summary>
    public static async Task<bool> HoldAsync(
        NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        await connection.QuerySingleOrDefaultAsync<int?>(new(
            $"SELECT 1 FROM {Replays} WHERE id = @id AND state = {(int)ReplayState.Running} FOR UPDATE",
            new { id },
            cancellationToken: cancellationToken)) is not null;

    public static Task AdvanceAsync(
        NpgsqlConnection connection, Guid id, int replayed, int skipped, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"UPDATE {Replays} SET replayed = replayed + @replayed, skipped = skipped + @skipped WHERE id = @id",
            new { id, replayed, skipped },
            cancellationToken: cancellationToken));

    public static Task PutOffAsync(
        NpgsqlConnection connection, Guid id, DateTimeOffset until, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"UPDATE {Replays} SET next_at = @until WHERE id = @id", new { id, until },
            cancellationToken: cancellationToken));

    public static Task EndAsync(
        NpgsqlConnection connection, Guid id, ReplayState state, string? because,
        CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"""
             UPDATE {Replays} SET state = @state, stopped_because = @because
             WHERE id = @id AND state = {(int)ReplayState.Running}
             """,
            new { id, state = (short)state, because },
            cancellationToken: cancellationToken));

    /// <summary>Letters whose replay ended in another letter.</summary>
    public static Task<int> FailedAgainAsync(
        NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<int>(new(
            $"""
             SELECT count(DISTINCT d.id)::int FROM {LetterTable.Name} n
             JOIN {LetterTable.Name} d ON d.id = n.previous_id WHERE d.replay_id = @id
             """,
            new { id },
            cancellationToken: cancellationToken));

    /// <summary>Lines of the replay in follow-up batches that run, and in those that have ended.</summary>
    public static Task<(int Running, int Ended)> LinesAsync(
        NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<(int Running, int Ended)>(new(
            $"""
             SELECT coalesce(sum(f.lines) FILTER (WHERE {BatchSql.Running("b")}), 0)::int,
                    coalesce(sum(f.lines) FILTER (WHERE NOT {BatchSql.Running("b")}), 0)::int
             FROM (SELECT follow_up_batch, count(*) AS lines FROM {LetterTable.Name}
                   WHERE replay_id = @id AND follow_up_batch IS NOT NULL GROUP BY follow_up_batch) f
             JOIN {SchedulerSchema.Name}.batches b ON b.id = f.follow_up_batch
             """,
            new { id },
            cancellationToken: cancellationToken));

    /// <summary>
    /// Messages and webhooks of the replay of which nothing is known yet, and the others: failed again, consumed,
    /// delivered. A consumer that works for long keeps no record of a message: of what was sent
    /// <paramref name="patience"/> ago it counts as consumed once the broker has it.
    /// </summary>
    public static Task<(int Running, int Ended)> MessagesAsync(
        NpgsqlConnection connection, Guid id, TimeSpan patience, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<(int Running, int Ended)>(new(
            $"""
             SELECT coalesce(sum(running::int), 0)::int, coalesce(sum((NOT running)::int), 0)::int FROM (
                 SELECT NOT EXISTS (SELECT FROM {LetterTable.Name} n WHERE n.previous_id = d.id)
                     AND CASE WHEN d.kind = {(int)LetterKind.Webhook} THEN EXISTS (
                             SELECT FROM {SchedulerSchema.Name}.webhook_deliveries w
                             WHERE w.id = d.message_id AND w.letter_id = d.id
                               AND w.state = {(int)DeliveryState.Pending})
                         ELSE NOT EXISTS (
                                 SELECT FROM {SchedulerSchema.Name}.inbox i WHERE i.message_id = d.message_id)
                             AND (d.replayed_at > clock_timestamp() - @patience OR EXISTS (
                                 SELECT FROM {SchedulerSchema.Name}.outbox o WHERE o.message_id = d.message_id))
                         END AS running
                 FROM {LetterTable.Name} d
                 WHERE d.replay_id = @id AND d.state = {(int)LetterState.Replayed}
                   AND d.kind >= {(int)LetterKind.Message}) AS sent
             """,
            new { id, patience },
            cancellationToken: cancellationToken));

    /// <summary>Follow-up batches of the replay, or of these letters.</summary>
    public static async Task<IReadOnlyList<FollowUpRow>> FollowUpsAsync(
        NpgsqlConnection connection, Guid? replay, IReadOnlyList<Guid> letters, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<FollowUpRow>(new(
            $"""
             SELECT follow_up_batch AS Batch, batch_id AS ReplayOf, count(*)::int AS Lines FROM {LetterTable.Name}
             WHERE follow_up_batch IS NOT NULL AND (replay_id = @replay OR id = ANY(@letters))
             GROUP BY follow_up_batch, batch_id ORDER BY follow_up_batch LIMIT 1000
             """,
            new { replay, letters = letters.ToArray() },
            cancellationToken: cancellationToken))).AsList();
}
