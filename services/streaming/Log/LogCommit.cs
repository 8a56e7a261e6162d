using Npgsql;
using Sluice.Streaming.Data;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Log;

/// <summary>
/// Writes groups of batches, on a connection of its own. One statement each, which first takes the owner's unfenced
/// row: a fenced instance writes nothing (ADR 0005). What has no row of its own is one row of the journal (ADR 0011).
/// Writing the same group again has no effect, so that after a broken connection the caller need not know whether the
/// commit happened. Not thread-safe: the committer owns it.
/// </summary>
internal sealed class LogCommit(NpgsqlDataSource dataSource) : IAsyncDisposable
{
    private const string Me =
        $"me AS MATERIALIZED (SELECT 1 FROM {StreamingSchema.Name}.instances WHERE id = $1 AND NOT fenced FOR SHARE)";

    /// <summary>What every end sets: a conversation can be continued, a completion needs its request no more.</summary>
    public const string Ended =
        "ended_at = now(), request = CASE WHEN r.surface = 'Responses' AND r.store THEN r.request END";

    private const string Journaled =
        $"""
         journaled AS (
             INSERT INTO {StreamingSchema.Name}.response_journal
                 (instance, no, format, days, ids, seqs, counts, payloads)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE cardinality($5) > 0 AND EXISTS (SELECT FROM me)
             ON CONFLICT DO NOTHING)
         """;

    // Most groups neither make nor end a response, nor is a row due. A repetition changes nothing, and counts.
    private const string JournalSql =
        $"""
         INSERT INTO {StreamingSchema.Name}.response_journal
             (instance, no, format, days, ids, seqs, counts, payloads)
         SELECT id, $2, $3, $4, $5, $6, $7, $8 FROM {StreamingSchema.Name}.instances
         WHERE id = $1 AND NOT fenced FOR SHARE
         ON CONFLICT (instance, no) DO UPDATE SET no = excluded.no
         """;

    private const string AllSql =
        $"""
         WITH {Me}, {Journaled},
         written AS (
             INSERT INTO {StreamingSchema.Name}.response_events (day, response_id, seq, count, format, payload)
             SELECT d, i, q, c, $3, p FROM unnest($9, $10, $11, $12, $13) AS row (d, i, q, c, p)
             WHERE EXISTS (SELECT FROM me) ON CONFLICT DO NOTHING),
         -- One that is made with its end is one row already.
         made AS (
             INSERT INTO {StreamingSchema.Name}.responses
                 (day, id, tenant, model, owner, state, head, events, request,
                  surface, background, store, can_continue, tokens, ended_at, compacted)
             SELECT d, i, t, m, $1, s, h, e, q, a, b, k, g, n, CASE WHEN e IS NOT NULL THEN now() END,
                    e IS NOT NULL
             FROM unnest($14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
             AS new (d, i, t, m, s, h, e, q, a, b, k, g, n)
             WHERE EXISTS (SELECT FROM me) ON CONFLICT DO NOTHING),
         ended AS (
             UPDATE {StreamingSchema.Name}.responses r SET state = u.s, events = u.e, tokens = u.n, {Ended}
             FROM unnest($27, $28, $29, $30, $31) AS u (d, i, s, e, n)
             WHERE r.day = u.d AND r.id = u.i AND r.owner = $1 AND EXISTS (SELECT FROM me))
         SELECT count(*) FROM me
         """;

    // Most groups need only the journal: their command, its parameters and what they hold are used again.
    private JournalCommand? _journal;
    private NpgsqlConnection? _connection;

    /// <summary>Writes the group; false when the instance is fenced, and then nothing was written.</summary>
    /// <param name="instance">Whose it is.</param>
    /// <param name="no">The group's number in the instance's journal.</param>
    /// <param name="group">The batches: those with a row into rows, the others into one row of the journal.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public async Task<bool> WriteAsync(Guid instance, long no, List<LogBatch> group, CancellationToken cancellation)
    {
        var connection = _connection ??= await LogConnection.OpenAsync(dataSource, cancellation);
        try
        {
            if (!group.Exists(batch => batch.IsFirst || batch.Row is not null))
            {
                _journal ??= new JournalCommand(connection, JournalSql);
                return await _journal.ExecuteAsync(instance, no, group, cancellation) > 0;
            }

            await using var command = new NpgsqlCommand(AllSql, connection);
            AddJournal(command.Parameters, instance, no, group);
            AddRows(command.Parameters, group.FindAll(batch => batch.Row is not null));
            AddResponses(command.Parameters, group);
            return await command.ExecuteScalarAsync(cancellation) is > 0L;
        }
        catch
        {
            // Whatever broke, the next attempt begins with a connection that nothing hangs on.
            await DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_journal is { } journal)
        {
            _journal = null;
            await journal.DisposeAsync();
        }

        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    private static void AddJournal(
        NpgsqlParameterCollection parameters, Guid instance, long no, List<LogBatch> group)
    {
        var entries = new JournalEntries();
        entries.Add(group);
        Add(parameters, instance);
        Add(parameters, no);
        Add(parameters, LogFormat.Version);
        entries.AddTo(parameters);
    }

    private static void AddRows(NpgsqlParameterCollection parameters, IReadOnlyList<LogBatch> batches)
    {
        AddKeys(parameters, batches);
        Add(parameters, Of(batches, b => b.Row!.Seq));
        Add(parameters, Of(batches, b => b.Row!.Count));
        Add(parameters, Of(batches, b => b.Row!.Payload));
    }

    private static void AddResponses(NpgsqlParameterCollection parameters, List<LogBatch> group)
    {
        var made = group.Where(b => b.IsFirst).ToList();
        AddKeys(parameters, made);
        Add(parameters, Of(made, b => b.Response.Identity.Tenant));
        Add(parameters, Of(made, b => b.Response.Identity.Model));
        Add(parameters, Of(made, b => b.EndState ?? ResponseState.Running));
        Add(parameters, Of(made, b => b.Response.Head.ToArray()));
        Add(parameters, Of(made, b => b.EndState is null ? null : b.Row?.Next));
        Add(parameters, Of(made, Request));
        Add(parameters, Of(made, b => b.Response.Identity.Surface.ToString()));
        Add(parameters, Of(made, b => b.Response.Identity.IsBackground));
        Add(parameters, Of(made, b => b.Response.Identity.IsStored));
        Add(parameters, Of(made, b => b.Response.Identity.CanContinue));
        Add(parameters, Of(made, b => b.EndState is null ? null : (long?)b.Response.Tokens));

        // A row made by the same statement is not there yet for its update: it was made with its end.
        var ended = group.Where(b => b is { IsFirst: false, EndState: not null }).ToList();
        AddKeys(parameters, ended);
        Add(parameters, Of(ended, b => b.EndState!));
        Add(parameters, Of(ended, b => b.Row!.Next));
        Add(parameters, Of(ended, b => b.Response.Tokens));
    }

    /// <summary>A completion that has ended needs its request no more.</summary>
    private static byte[]? Request(LogBatch batch) => batch.Response.Identity is { Request.IsEmpty: false } identity
        && (batch.EndState is null || identity is { Surface: ResponseSurface.Responses, IsStored: true })
            ? identity.Request.ToArray()
            : null;

    private static void AddKeys(NpgsqlParameterCollection parameters, IReadOnlyList<LogBatch> batches)
    {
        Add(parameters, Of(batches, b => b.Response.Key.Day));
        Add(parameters, Of(batches, b => b.Response.Key.Id));
    }

    private static T[] Of<T>(IReadOnlyList<LogBatch> batches, Func<LogBatch, T> select)
    {
        var values = new T[batches.Count];
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = select(batches[index]);
        }

        return values;
    }

    private static void Add<T>(NpgsqlParameterCollection parameters, T value) =>
        parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
}
