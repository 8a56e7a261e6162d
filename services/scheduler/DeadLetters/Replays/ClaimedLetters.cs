using Dapper;
using Npgsql;
using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>The letters that a replay holds. Each method is one statement in the caller's transaction.</summary>
internal static class ClaimedLetters
{
    private const string Table = LetterTable.Name;
    private const string Held = "d.replay_id = @replay AND d.state = 1";

    /// <summary>The oldest one; null when none is left.</summary>
    public static Task<LetterRow?> NextAsync(
        NpgsqlConnection connection, Guid replay, CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<LetterRow>(new(
            $"SELECT {LetterTable.Columns} FROM {Table} d WHERE {Held} ORDER BY d.id LIMIT 1",
            new { replay },
            cancellationToken: cancellationToken));

    /// <summary>Lines of one batch, in the order of its file.</summary>
    public static async Task<IReadOnlyList<LetterRow>> LinesAsync(
        NpgsqlConnection connection, Guid replay, Guid batch, int limit, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<LetterRow>(new(
            $"""
             SELECT {LetterTable.Columns} FROM {Table} d
             WHERE {Held} AND d.batch_id = @batch AND d.kind < {(int)LetterKind.Message} ORDER BY d.line LIMIT @limit
             """,
            new { replay, batch, limit },
            cancellationToken: cancellationToken))).AsList();

    /// <summary>Those of a kind, the oldest first; locked until the end of the transaction.</summary>
    public static async Task<IReadOnlyList<LetterRow>> OfKindAsync(
        NpgsqlConnection connection, Guid replay, LetterKind kind, int limit, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<LetterRow>(new(
            $"""
             SELECT {LetterTable.Columns} FROM {Table} d
             WHERE {Held} AND d.kind = @kind ORDER BY d.id LIMIT @limit FOR UPDATE
             """,
            new { replay, kind = (short)kind, limit },
            cancellationToken: cancellationToken))).AsList();

    /// <summary>Replaying → Replayed. Returns how many were still held.</summary>
    public static Task<int> MarkAsync(
        NpgsqlConnection connection, Guid replay, IReadOnlyCollection<Guid> letters, DateTimeOffset now,
        byte[]? editHash, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"""
             UPDATE {Table} d SET state = {(int)LetterState.Replayed}, replayed_at = @now, edit_hash = @editHash
             WHERE {Held} AND d.id = ANY(@ids)
             """,
            new { replay, ids = letters.ToArray(), now, editHash },
            cancellationToken: cancellationToken));

    /// <summary>
    /// Replaying → Replayed for lines that are those of a follow-up batch, numbered from 1 in this order.
    /// </summary>
    public static Task<int> MarkAsync(
        NpgsqlConnection connection, Guid replay, IReadOnlyList<LetterRow> lines, Guid followUp, DateTimeOffset now,
        byte[]? editHash, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"""
             UPDATE {Table} d SET state = {(int)LetterState.Replayed}, replayed_at = @now, edit_hash = @editHash,
                    follow_up_batch = @followUp, follow_up_line = l.line
             FROM unnest(@ids) WITH ORDINALITY AS l (id, line) WHERE {Held} AND d.id = l.id
             """,
            new { replay, ids = lines.Select(l => l.Id).ToArray(), followUp, now, editHash },
            cancellationToken: cancellationToken));

    /// <summary>
    /// Replayed → Open for the lines that have no result in this follow-up batch, which has ended. Idempotent.
    /// </summary>
    public static Task<int> ReopenAsync(
        NpgsqlConnection connection, Guid followUp, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"""
             UPDATE {Table} SET {ReopenedLetter.Set}
             WHERE follow_up_batch = @followUp AND follow_up_line NOT IN (
                 SELECT unnest(lines) FROM {SchedulerSchema.Name}.result_pages
                 WHERE batch_id = @followUp AND kind IN (0, 1))
             """,
            new { followUp },
            cancellationToken: cancellationToken));

    /// <summary>Replaying → Open: these, or all that the replay holds.</summary>
    public static Task<int> ReleaseAsync(
        NpgsqlConnection connection, Guid replay, IReadOnlyCollection<Guid>? letters,
        CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"""
             UPDATE {Table} d SET state = {(int)LetterState.Open}, replay_id = NULL
             WHERE {Held} AND (@ids::uuid[] IS NULL OR d.id = ANY(@ids::uuid[]))
             """,
            new { replay, ids = letters?.ToArray() },
            cancellationToken: cancellationToken));
}
