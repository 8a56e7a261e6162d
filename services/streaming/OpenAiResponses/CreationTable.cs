using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Durability.Instances;
using Sluice.ServiceDefaults.Creations;
using Sluice.Streaming.Data;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.OpenAiResponses;

/// <summary>
/// The requests that made responses which a repetition is not to make again. A response comes into being by the first
/// commit of its log, later than its reservation here and in another transaction. What tells a reservation that is used
/// from one whose process has died is the fence: once an instance is fenced, none of its commits follows.
/// Thread-safe.
/// </summary>
internal sealed class CreationTable(
    NpgsqlDataSource dataSource, IInstances instances, LogBounds bounds, IOptions<StreamingOptions> options)
{
    // One snapshot for all of a row: fenced and not made in the same one is never made. What repeats one in the
    // foreground that was cut asks for a whole answer: official clients repeat a 5xx by themselves.
    private const string Columns =
        $"""
         SELECT c.response_id, c.body_hash, c.answered, c.answered_at, m.cut IS NOT NULL,
                c.created_at < now() - $3 OR coalesce(m.cut, NOT EXISTS (
                    SELECT FROM {StreamingSchema.Name}.instances i WHERE i.id = c.instance AND NOT i.fenced))
         FROM {StreamingSchema.Name}.response_creations c CROSS JOIN LATERAL (SELECT (
             SELECT NOT r.background AND r.state IN ('{ResponseState.Failed}', '{ResponseState.Cancelled}')
             FROM {StreamingSchema.Name}.responses r WHERE r.day = c.day AND r.id = c.response_id) AS cut) m
         """;

    private const string ByKeySql = $"{Columns} WHERE c.tenant = $1 AND c.idempotency_key = $2";

    private const string ByBodySql =
        $"{Columns} WHERE c.tenant = $1 AND c.body_hash = $2 AND c.idempotency_key IS NULL ORDER BY c.created_at";

    private const string InsertSql =
        $"""
         INSERT INTO {StreamingSchema.Name}.response_creations
             (response_id, day, instance, tenant, body_hash, idempotency_key, answered, answered_at)
         VALUES ($1, $2, $3, $4, $5, $6, ARRAY[$7], ARRAY[$8])
         """;

    private const string AnswerSql =
        $"""
         UPDATE {StreamingSchema.Name}.response_creations
         SET answered = answered || $2, answered_at = answered_at || $3 WHERE response_id = $1
         """;

    private const string DeleteSql =
        $"DELETE FROM {StreamingSchema.Name}.response_creations WHERE response_id = ANY($1)";

    /// <summary>
    /// Looks for what the request repeats, and notes it as answered; else reserves <paramref name="key"/> for what it
    /// will make. Requests that may be the same go one after the other.
    /// </summary>
    public async Task<(CreationOutcome Outcome, ResponseKey Made)> ReserveAsync(
        CreationRequest request, ResponseKey key, CancellationToken cancellation)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await LockAsync(connection, request, cancellation);
        var known = await FindAsync(connection, request, cancellation);
        await using (var delete = new NpgsqlCommand(DeleteSql, connection))
        {
            Add(delete, known.Where(one => one.IsVoid).Select(one => one.ResponseId).ToArray());
            await delete.ExecuteNonQueryAsync(cancellation);
        }

        var outcome = Match(request, known.Where(one => !one.IsVoid), out var found);
        if (outcome == CreationOutcome.Reserved)
        {
            await InsertAsync(connection, request, key, cancellation);
        }
        else if (outcome == CreationOutcome.Repeats && request.IdempotencyKey is null)
        {
            await using var answer = new NpgsqlCommand(AnswerSql, connection);
            Add(answer, found!.ResponseId);
            Add(answer, request.RetryCount);
            Add(answer, request.ReceivedAt.ToUniversalTime());
            await answer.ExecuteNonQueryAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
        return (outcome, new ResponseKey(found?.ResponseId ?? key.Id));
    }

    /// <summary>Gives back what was reserved: the response was not made.</summary>
    public async Task ReleaseAsync(ResponseKey key)
    {
        await using var command = dataSource.CreateCommand(DeleteSql);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [key.Id] });
        await command.ExecuteNonQueryAsync();
    }

    private static CreationOutcome Match(
        CreationRequest request, IEnumerable<StoredCreation> known, out StoredCreation? found)
    {
        found = request.IdempotencyKey is null
            ? RetryMatch.Find(request, known, one => one.Answered)
            : known.SingleOrDefault();
        return found is null ? CreationOutcome.Reserved
            : request.IdempotencyKey is null ? found.IsMade ? CreationOutcome.Repeats : CreationOutcome.Pending
            : !request.BodyHash.Span.SequenceEqual(found.BodyHash) ? CreationOutcome.KeyReused
            : found.IsMade ? CreationOutcome.Repeats
            : CreationOutcome.KeyInUse;
    }

    /// <summary>Whoever has the lock has it for a few statements: nobody is refused for that.</summary>
    private static async Task LockAsync(
        NpgsqlConnection connection, CreationRequest request, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            request.IdempotencyKey is null
                ? "SELECT pg_advisory_xact_lock(hashtextextended($1, 30004))"
                : "SELECT pg_advisory_xact_lock(hashtextextended($1, 30003))",
            connection);
        Add(command, request.LockName);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task<List<StoredCreation>> FindAsync(
        NpgsqlConnection connection, CreationRequest request, CancellationToken cancellation)
    {
        var byKey = request.IdempotencyKey is not null;
        await using var command = new NpgsqlCommand(byKey ? ByKeySql : ByBodySql, connection);
        Add(command, request.Tenant);
        if (byKey)
        {
            Add(command, request.IdempotencyKey!);
        }
        else
        {
            Add(command, request.BodyHash.ToArray());
        }

        // An answer is there as long as its response; without a key a repetition comes soon.
        Add(command, byKey || bounds.Options.Retention < options.Value.RetryWindow
            ? bounds.Options.Retention
            : options.Value.RetryWindow);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var known = new List<StoredCreation>();
        while (await reader.ReadAsync(cancellation))
        {
            var counts = (int[])reader.GetValue(2);
            var times = await reader.GetFieldValueAsync<DateTimeOffset[]>(3, cancellation);
            known.Add(new StoredCreation(
                reader.GetGuid(0),
                (byte[])reader.GetValue(1),
                [.. counts.Zip(times)],
                reader.GetBoolean(4),
                reader.GetBoolean(5)));
        }

        return known;
    }

    private async Task InsertAsync(
        NpgsqlConnection connection, CreationRequest request, ResponseKey key, CancellationToken cancellation)
    {
        await using var insert = new NpgsqlCommand(InsertSql, connection);
        Add(insert, key.Id);
        Add(insert, key.Day);
        Add(insert, instances.Current.Id);
        Add(insert, request.Tenant);
        Add(insert, request.BodyHash.ToArray());
        insert.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = request.IdempotencyKey });
        Add(insert, request.RetryCount);
        Add(insert, request.ReceivedAt.ToUniversalTime());
        await insert.ExecuteNonQueryAsync(cancellation);
    }

    private static void Add<T>(NpgsqlCommand command, T value) =>
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
}
