using Dapper;
using Npgsql;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>Reads and removes dead letters, one statement each. Safe for concurrent use.</summary>
internal sealed class LetterTable(NpgsqlDataSource dataSource)
{
    public const string Name = SchedulerSchema.Name + ".dead_letters";

    public const string Columns =
        """
        d.id AS Id, d.kind AS Kind, d.state AS State, d.tenant AS Tenant, d.code AS Code, d.message AS Message,
        d.attempts AS Attempts, d.trace_id AS TraceId, d.created_at AS CreatedAt, d.payload_bytes AS PayloadBytes,
        d.batch_id AS BatchId, d.shard_no AS ShardNo, d.line AS Line, d.custom_id AS CustomId, d.blob_id AS BlobId,
        d.byte_offset AS ByteOffset, d.byte_length AS ByteLength, d.queue AS Queue, d.source AS Source,
        d.message_type AS MessageType, d.message_id AS MessageId, d.previous_id AS PreviousId,
        d.replay_id AS ReplayId, d.replayed_at AS ReplayedAt, d.follow_up_batch AS FollowUpBatch,
        d.follow_up_line AS FollowUpLine
        """;

    private const int MaxCauses = 1000;

    /// <summary>Up to limit letters before the cursor, the newest first.</summary>
    public async Task<IReadOnlyList<LetterRow>> ListAsync(
        LetterScope scope, LetterFilter filter, Guid? after, int limit, CancellationToken cancellationToken)
    {
        var where = new LetterWhere(scope, filter);
        if (after is not null)
        {
            where.Add("d.id < @after", "after", after);
        }

        where.Parameters.Add("limit", limit);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<LetterRow>(new(
            $"SELECT {Columns} FROM {Name} d WHERE {where.Sql} ORDER BY d.id DESC LIMIT @limit",
            where.Parameters,
            cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>Null when there is none that this caller may see.</summary>
    public async Task<LetterRow?> FindAsync(LetterScope scope, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await FindAsync(connection, scope, id, cancellationToken);
    }

    /// <summary>As the other one, in the caller's transaction.</summary>
    public static Task<LetterRow?> FindAsync(
        NpgsqlConnection connection, LetterScope scope, Guid id, CancellationToken cancellationToken)
    {
        var where = new LetterWhere(scope, new() { Ids = [id] });
        return connection.QuerySingleOrDefaultAsync<LetterRow>(new(
            $"SELECT {Columns} FROM {Name} d WHERE {where.Sql}",
            where.Parameters,
            cancellationToken: cancellationToken));
    }

    public async Task<LetterContent> ContentAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<LetterContent>(new(
            $"SELECT content_type AS ContentType, headers AS Headers, body AS Body FROM {Name} WHERE id = @id",
            new { id },
            cancellationToken: cancellationToken)) ?? new(null, null, null);
    }

    /// <summary>SHA-256 of the body with which it was replayed; null for its own, or when it was not.</summary>
    public async Task<byte[]?> EditHashAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<byte[]?>(new(
            $"SELECT edit_hash FROM {Name} WHERE id = @id", new { id }, cancellationToken: cancellationToken));
    }

    /// <summary>The causes of the letters that match, the most frequent first; at most 1,000.</summary>
    public async Task<IReadOnlyList<CauseRow>> CausesAsync(
        LetterScope scope, LetterFilter filter, CancellationToken cancellationToken)
    {
        var where = new LetterWhere(scope, filter);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);

        // max() has no form for uuid; ids are time-ordered, and so is their text.
        return (await connection.QueryAsync<CauseRow>(new(
            $"""
             SELECT g.*, e.message AS Message FROM (
                 SELECT d.kind AS Kind, d.queue AS Queue, d.code AS Code, count(*) AS Letters,
                        count(DISTINCT d.batch_id) AS Batches, min(d.created_at) AS First, max(d.created_at) AS Last,
                        max(d.id::text)::uuid AS Example
                 FROM {Name} d WHERE {where.Sql}
                 GROUP BY d.kind, d.queue, d.code ORDER BY count(*) DESC, d.code LIMIT {MaxCauses}) AS g
             JOIN {Name} e ON e.id = g.Example ORDER BY g.Letters DESC, g.Code
             """,
            where.Parameters,
            cancellationToken: cancellationToken))).AsList();
    }

    public async Task<long> CountAsync(LetterScope scope, LetterFilter filter, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await CountAsync(connection, scope, filter, cancellationToken);
    }

    /// <summary>As the other one, in the caller's transaction.</summary>
    public static Task<long> CountAsync(
        NpgsqlConnection connection, LetterScope scope, LetterFilter filter, CancellationToken cancellationToken)
    {
        var where = new LetterWhere(scope, filter);
        return connection.QuerySingleAsync<long>(new(
            $"SELECT count(*) FROM {Name} d WHERE {where.Sql}",
            where.Parameters,
            cancellationToken: cancellationToken));
    }
}
