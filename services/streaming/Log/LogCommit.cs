using Npgsql;
using Sluice.Streaming.Data;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Log;

/// <summary>
/// Writes groups of batches, on a connection of its own. One statement each, which first takes the owner's unfenced
/// row: a fenced instance writes nothing (ADR 0005). Writing the same group again has no effect, so that after a broken
/// connection the caller need not know whether the commit happened. Not thread-safe: the committer owns it.
/// </summary>
internal sealed class LogCommit(NpgsqlDataSource dataSource) : IAsyncDisposable
{
    private const string Me =
        $"me AS MATERIALIZED (SELECT 1 FROM {StreamingSchema.Name}.instances WHERE id = $1 AND NOT fenced FOR SHARE)";

    /// <summary>What every end sets: a conversation can be continued, a completion needs its request no more.</summary>
    public const string Ended =
        "ended_at = now(), request = CASE WHEN r.surface = 'Responses' AND r.store THEN r.request END";

    // Most groups neither make nor end a response; this is half the work of the whole statement.
    private const string EventsSql =
        $"""
         WITH {Me},
         written AS (
             INSERT INTO {StreamingSchema.Name}.response_events (day, response_id, seq, count, format, payload)
             SELECT d, i, q, c, $7, p FROM unnest($2, $3, $4, $5, $6) AS row (d, i, q, c, p)
             WHERE EXISTS (SELECT FROM me) ON CONFLICT DO NOTHING)
         SELECT count(*) FROM me
         """;

    private const string AllSql =
        $"""
         WITH {Me},
         made AS (
             INSERT INTO {StreamingSchema.Name}.responses
                 (day, id, tenant, model, owner, state, head, events, request,
                  surface, background, store, can_continue, ended_at)
             SELECT d, i, t, m, $1, s, h, e, q, a, b, k, g, CASE WHEN e IS NOT NULL THEN now() END
             FROM unnest($8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
             AS new (d, i, t, m, s, h, e, q, a, b, k, g)
             WHERE EXISTS (SELECT FROM me) ON CONFLICT DO NOTHING),
         ended AS (
             UPDATE {StreamingSchema.Name}.responses r SET state = u.s, events = u.e, {Ended}
             FROM unnest($20, $21, $22, $23) AS u (d, i, s, e)
             WHERE r.day = u.d AND r.id = u.i AND r.owner = $1 AND EXISTS (SELECT FROM me)),
         written AS (
             INSERT INTO {StreamingSchema.Name}.response_events (day, response_id, seq, count, format, payload)
             SELECT d, i, q, c, $7, p FROM unnest($2, $3, $4, $5, $6) AS row (d, i, q, c, p)
             WHERE EXISTS (SELECT FROM me) ON CONFLICT DO NOTHING)
         SELECT count(*) FROM me
         """;

    private NpgsqlConnection? _connection;

    /// <summary>Writes the group; false when the instance is fenced, and then nothing was written.</summary>
    public async Task<bool> WriteAsync(
        Guid instance, IReadOnlyList<LogBatch> group, CancellationToken cancellation)
    {
        _connection ??= await dataSource.OpenConnectionAsync(cancellation);
        try
        {
            var all = group.Any(batch => batch.IsFirst || batch.EndState is not null);
            await using var command = new NpgsqlCommand(all ? AllSql : EventsSql, _connection);
            AddEvents(command.Parameters, instance, group);
            if (all)
            {
                AddResponses(command.Parameters, group);
            }

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
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    private static void AddEvents(NpgsqlParameterCollection parameters, Guid instance, IReadOnlyList<LogBatch> group)
    {
        Add(parameters, instance);
        AddKeys(parameters, group);
        Add(parameters, Of(group, b => b.Seq));
        Add(parameters, Of(group, b => b.Count));
        Add(parameters, Of(group, b => b.Payload));
        Add(parameters, LogFormat.Version);
    }

    private static void AddResponses(NpgsqlParameterCollection parameters, IReadOnlyList<LogBatch> group)
    {
        var made = group.Where(b => b.IsFirst).ToList();
        AddKeys(parameters, made);
        Add(parameters, Of(made, b => b.Response.Tenant));
        Add(parameters, Of(made, b => b.Response.Identity.Model));
        Add(parameters, Of(made, b => b.EndState ?? ResponseState.Running));
        Add(parameters, Of(made, b => b.Response.Head.ToArray()));
        Add(parameters, Of(made, b => b.EndState is null ? (long?)null : b.Next));
        Add(parameters, Of(made, Request));
        Add(parameters, Of(made, b => b.Response.Identity.Surface.ToString()));
        Add(parameters, Of(made, b => b.Response.Identity.IsBackground));
        Add(parameters, Of(made, b => b.Response.Identity.IsStored));
        Add(parameters, Of(made, b => b.Response.Identity.CanContinue));

        // A row made by the same statement is not there yet for its update: it was made with its end.
        var ended = group.Where(b => b is { IsFirst: false, EndState: not null }).ToList();
        AddKeys(parameters, ended);
        Add(parameters, Of(ended, b => b.EndState!));
        Add(parameters, Of(ended, b => b.Next));
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
