using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Durability.Faults;
using Sluice.Streaming.Data;
using Sluice.Streaming.Log;

namespace Sluice.Streaming.Responses;

/// <summary>
/// The statements by which one instance takes responses over from another, which is fenced before. Each takes the own
/// unfenced row first and changes nothing without it. Thread-safe.
/// </summary>
internal sealed class TakeoverTable(
    NpgsqlDataSource dataSource, IOptions<StreamingOptions> options, IFaultPoints faults)
{
    /// <summary>So many times as often a response is taken over that lasts each time.</summary>
    private const int InAll = 5;

    /// <summary>Responses that one statement ends at most.</summary>
    public const int MaxAtOnce = 500;

    // One whose owner has no row any more was given up, or its owner was fenced and deleted long ago. The few owners
    // are read one by one at their places in the index, past the rows of each: it runs twice a second, and the journal
    // is full of dead rows.
    private const string OwnersSql =
        $"""
         WITH RECURSIVE owners (id) AS (
             (SELECT owner FROM {StreamingSchema.Name}.responses WHERE state = 'running' ORDER BY owner LIMIT 1)
             UNION ALL
             SELECT (SELECT r.owner FROM {StreamingSchema.Name}.responses r
                     WHERE r.state = 'running' AND r.owner > o.id ORDER BY r.owner LIMIT 1)
             FROM owners o WHERE o.id IS NOT NULL),
         journals (id) AS (
             (SELECT instance FROM {StreamingSchema.Name}.response_journal ORDER BY instance LIMIT 1)
             UNION ALL
             SELECT (SELECT r.instance FROM {StreamingSchema.Name}.response_journal r
                     WHERE r.instance > j.id ORDER BY r.instance LIMIT 1)
             FROM journals j WHERE j.id IS NOT NULL)
         SELECT o.id FROM (SELECT id FROM owners UNION SELECT id FROM journals) AS o
         WHERE o.id IS NOT NULL
         AND (o.id = ANY($1) OR NOT EXISTS (SELECT FROM {StreamingSchema.Name}.instances i WHERE i.id = o.id))
         """;

    private const string HandedOverSql =
        $"""
         SELECT EXISTS (
             SELECT FROM {StreamingSchema.Name}.responses
             WHERE state = 'running' AND owner = '{ResponseHandover.Nobody}')
         """;

    // In a statement of its own: the snapshot of the next one has to be later than another taker's commit.
    private const string LockSql = "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 20003))";

    // Entries begin and end where rows do, so none overlaps a row: what is in rows already is left out.
    private const string RowsSql =
        $"""
         INSERT INTO {StreamingSchema.Name}.response_events (day, response_id, seq, count, format, payload)
         SELECT e.day, e.id, e.seq, e.count, j.format, e.payload FROM {StreamingSchema.Name}.response_journal j
         CROSS JOIN LATERAL unnest(j.days, j.ids, j.seqs, j.counts, j.payloads) AS e (day, id, seq, count, payload)
         JOIN {StreamingSchema.Name}.responses r ON r.day = e.day AND r.id = e.id
         WHERE j.instance = $1 AND r.owner = $1 AND r.state = 'running' AND e.seq >= {LogEnd}
         ON CONFLICT DO NOTHING
         """;

    private const string EmptySql = $"DELETE FROM {StreamingSchema.Name}.response_journal WHERE instance = $1";

    private const string Me =
        $"me AS MATERIALIZED (SELECT 1 FROM {StreamingSchema.Name}.instances WHERE id = $1 AND NOT fenced FOR SHARE)";

    private const string LogEnd =
        $"""
         coalesce((
             SELECT e.seq + e.count FROM {StreamingSchema.Name}.response_events e
             WHERE e.day = r.day AND e.response_id = r.id ORDER BY e.seq DESC LIMIT 1), 0)
         """;

    private const string MayGoOn = "r.stuck < $3 AND r.takeovers < $5";

    private const string EndSql =
        $"""
         WITH {Me},
         claimed AS (
             SELECT day, id, {LogEnd} AS next, CASE WHEN can_continue THEN $8 ELSE $7 END AS payload
             FROM {StreamingSchema.Name}.responses r
             WHERE state = 'running' AND owner = $2 AND EXISTS (SELECT FROM me)
             AND (NOT can_continue OR request IS NULL OR deleted OR NOT ({MayGoOn}))
             LIMIT $4 FOR UPDATE SKIP LOCKED),
         written AS (
             INSERT INTO {StreamingSchema.Name}.response_events (day, response_id, seq, count, format, payload)
             SELECT day, id, next, 1, $6, payload FROM claimed)
         UPDATE {StreamingSchema.Name}.responses r
         SET owner = $1, epoch = epoch + 1, state = 'failed', events = c.next + 1, {LogCommit.Ended}
         FROM claimed c WHERE r.day = c.day AND r.id = c.id
         """;

    // One that was claimed has an epoch; one that was begun here since the others were listed has none.
    private const string GiveUpSql =
        $"""
         UPDATE {StreamingSchema.Name}.responses SET owner = '{ResponseHandover.Nobody}'
         WHERE owner = $1 AND state = 'running' AND epoch > 0 AND NOT id = ANY($2)
         """;

    private const string ClaimSql =
        $"""
         WITH {Me},
         claimed AS (
             SELECT day, id FROM {StreamingSchema.Name}.responses r
             WHERE state = 'running' AND owner = $2 AND EXISTS (SELECT FROM me)
             AND can_continue AND request IS NOT NULL AND NOT deleted AND {MayGoOn} AND r.stuck >= $7
             ORDER BY coalesce(followed_at > now() - $8, false) DESC, id LIMIT $4 FOR UPDATE SKIP LOCKED)
         UPDATE {StreamingSchema.Name}.responses r
         SET owner = $1, epoch = epoch + 1, takeovers = takeovers + $6, stuck = stuck + $6
         FROM claimed c WHERE r.day = c.day AND r.id = c.id
         RETURNING r.id, r.tenant, r.model, r.surface, r.background, r.store, r.head, r.request, {LogEnd}
         """;

    /// <summary>
    /// Those of <paramref name="dead"/> that have running responses or a journal, and owners that are no instances.
    /// </summary>
    public async Task<List<Guid>> OwnersAsync(IReadOnlyCollection<Guid> dead, CancellationToken cancellation)
    {
        var owners = new List<Guid>();
        await using var connection = await LogConnection.OpenAsync(dataSource, cancellation);
        await using var command = new NpgsqlCommand(OwnersSql, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. dead] });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            owners.Add(reader.GetGuid(0));
        }

        return owners;
    }

    /// <summary>Another instance has handed responses over that nobody has taken.</summary>
    public async Task<bool> AreHandedOverAsync(CancellationToken cancellation)
    {
        await using var connection = await LogConnection.OpenAsync(dataSource, cancellation);
        await using var command = new NpgsqlCommand(HandedOverSql, connection);
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    /// <summary>
    /// Writes the rows that a fenced instance has only in its journal, and empties that. Any number of instances may do
    /// so at once: one after the other, and who comes later finds nothing.
    /// </summary>
    public async Task WriteRowsAsync(Guid owner, CancellationToken cancellation)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        foreach (var sql in (string[])[LockSql, RowsSql, EmptySql])
        {
            await using var command = new NpgsqlCommand(sql, connection);
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = owner });
            await command.ExecuteNonQueryAsync(cancellation);
        }

        await faults.ReachAsync("takeover.rowsWritten", cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>
    /// Ends up to <see cref="MaxAtOnce"/> responses that nobody can or may go on with; returns how many.
    /// </summary>
    public async Task<int> EndAsync(Guid me, Guid owner, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand(EndSql);
        AddLimits(command, me, owner, MaxAtOnce, MaxStuck(owner));
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = LogFormat.Version });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = Refusal.Interrupted.Frame() });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = Refusal.TakeoverLimit.Frame() });
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>
    /// Makes this instance the owner of up to <paramref name="limit"/> responses: those first whose readers wait at
    /// another instance than their owner's, the oldest of them first. Those of an owner that died are counted as taken
    /// over before anything is generated: one that ends its process is not taken over for ever.
    /// </summary>
    /// <param name="me">This instance.</param>
    /// <param name="owner">The one that is fenced, or <see cref="ResponseHandover.Nobody"/>.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="suspects">
    /// Those that were there when two owners in a row died; else those that were not, and all that nobody owns.
    /// </param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<List<ClaimedResponse>> ClaimAsync(
        Guid me, Guid owner, int limit, bool suspects, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand(ClaimSql);
        var isClean = owner == Guid.Empty;
        AddLimits(command, me, owner, limit, isClean || suspects ? MaxStuck(owner) : Math.Min(1, MaxStuck(owner)));
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = isClean ? 0 : 1 });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = suspects ? 1 : 0 });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = options.Value.ResumeWindow });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var claimed = new List<ClaimedResponse>();
        while (await reader.ReadAsync(cancellation))
        {
            claimed.Add(Claimed(reader));
        }

        return claimed;
    }

    /// <summary>Those that have lasted since they were taken over did not end their owners.</summary>
    public async Task ClearAsync(Guid me, Guid[] lasted, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand(
            $"""
             UPDATE {StreamingSchema.Name}.responses SET stuck = 0
             WHERE owner = $1 AND state = 'running' AND stuck > 0 AND id = ANY($2)
             """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = me });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = lasted });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Gives up what was claimed and is not generated: the answer of a claim may have been lost.</summary>
    public async Task GiveUpAsync(Guid me, Guid[] generated, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand(GiveUpSql);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = me });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = generated });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static ClaimedResponse Claimed(NpgsqlDataReader row)
    {
        var key = new ResponseKey(row.GetGuid(0));
        var identity = new ResponseIdentity(key, row.GetString(1), row.GetString(2), IsLogged: true)
        {
            Surface = Enum.Parse<ResponseSurface>(row.GetString(3)),
            IsBackground = row.GetBoolean(4),
            IsStored = row.GetBoolean(5),
            Request = (byte[])row.GetValue(7),
            CanContinue = true,
            Start = row.GetInt64(8),
        };
        return new ClaimedResponse(identity, (byte[])row.GetValue(6));
    }

    /// <summary>What was given up in order does no harm, however often.</summary>
    private int MaxStuck(Guid owner) => owner == Guid.Empty ? int.MaxValue : options.Value.MaxTakeovers;

    /// <summary>Parameters 1 to 5.</summary>
    private void AddLimits(NpgsqlCommand command, Guid me, Guid owner, int limit, int stuck)
    {
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = me });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = owner });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = stuck });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        command.Parameters.Add(new NpgsqlParameter<int>
        {
            TypedValue = owner == Guid.Empty ? int.MaxValue : options.Value.MaxTakeovers * InAll,
        });
    }
}
