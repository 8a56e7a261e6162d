using System.Data;
using Npgsql;
using Sluice.BatchStore.DeadLetters;
using Sluice.BatchStore.Shards;
using Sluice.BatchStore.Sql;

namespace Sluice.BatchStore.Results;

/// <summary>
/// Result pages: the only place where answers of batch lines are stored. The output and error files of a batch are its
/// pages of that kind in the order (first line of the shard, page). Safe for concurrent use.
/// </summary>
public sealed class ResultPages(NpgsqlDataSource dataSource)
{
    private const string Pages = BatchStoreSchema.Name + ".result_pages";
    private const string Shards = BatchStoreSchema.Name + ".shards";
    private const string Letters = BatchStoreSchema.Name + ".dead_letters";

    // The UPDATE takes the shard's row lock and checks owner and epoch on the newest version of the row; a check by a
    // join inside the INSERT would read the snapshot and let a fenced owner write.
    private static readonly string AppendSql = Append("");

    private static readonly string AppendWithLettersSql = Append(", " + LineLetterSql.Cte(first: 17));

    // A shard that ended by this was not ended by a worker: it has no progress, whatever it had before.
    private static readonly string AppendClosedSql =
        $"""
         WITH held AS (
             UPDATE {Shards} SET failed = failed + $4, state = 3, progressed = false, changed_at = clock_timestamp()
             WHERE batch_id = $1 AND no = $2 AND epoch = $3 AND state = 4
             RETURNING batch_id, no, blob_id),
         written AS (
             INSERT INTO {Pages} (batch_id, shard_no, page_no, kind, lines, body)
             SELECT $1, $2, $5, 1, $6, $7 FROM held WHERE $4 > 0),
         {LineLetterSql.Cte(first: 8)},
         reopened AS (
             UPDATE {Letters} d SET {ReopenedLetter.Set} FROM held h
             WHERE $16 AND d.follow_up_batch = h.batch_id AND d.follow_up_line = ANY($6))
         SELECT count(*) FROM held
         """;

    /// <summary>
    /// Commits a page, its counts, its dead letters and, for the last one, the end of the shard, in one statement.
    /// False, and nothing written, when the lease was lost or its instance is fenced. When it throws, the outcome is
    /// unknown: ask <see cref="ShardLeases.RecoverAsync"/>.
    /// </summary>
    public async Task<bool> AppendAsync(ShardLease lease, ResultPage page, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(page);
        await using var command = dataSource.CreateCommand(page.Letters.Count > 0 ? AppendWithLettersSql : AppendSql)
            .With(lease.Owner).With(lease.Key.BatchId).With(lease.Key.No).With(lease.Epoch).With(page.No)
            .With(page.OutputLines.Length).With(page.ErrorLines.Length)
            .With(page.PromptTokens).With(page.CompletionTokens).With(page.Last)
            .With(page.OutputLines).WithBytes(page.Output).With(page.ErrorLines).WithBytes(page.Error)
            .With(page.Retries).WithText(page.RetryCause);
        if (page.Letters.Count > 0)
        {
            command.WithLetters(page.Letters);
        }

        return (long)(await command.ExecuteScalarAsync(cancellationToken))! == 1;
    }

    /// <summary>
    /// Finalization's append: error entries for the lines of a closed shard that never ran, and Closed → Done, in one
    /// statement. False when that has happened before.
    /// </summary>
    /// <param name="shard">The shard as read after it was closed.</param>
    /// <param name="pageNo"><see cref="CommittedLines.NextPage"/>.</param>
    /// <param name="lines">Their line numbers; may be empty.</param>
    /// <param name="body">Their entries, each ended by <c>\n</c>.</param>
    /// <param name="letters">Those of them that are to be dead letters; may be empty.</param>
    /// <param name="reopens">The dead letters that these lines replay are open again.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<bool> AppendClosedAsync(
        ShardRange shard, int pageNo, int[] lines, ReadOnlyMemory<byte> body, IReadOnlyList<LineLetter> letters,
        bool reopens, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(shard);
        ArgumentNullException.ThrowIfNull(lines);
        await using var command = dataSource.CreateCommand(AppendClosedSql)
            .With(shard.Key.BatchId).With(shard.Key.No).With(shard.Epoch).With(lines.Length).With(pageNo)
            .With(lines).WithBytes(body).WithLetters(letters).With(reopens);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))! == 1;
    }

    /// <summary>
    /// The lines of a shard that have a result. Exact once the shard was taken (or closed) in an earlier transaction:
    /// from then on nobody else adds to it.
    /// </summary>
    public async Task<CommittedLines> CommittedAsync(ShardKey shard, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"SELECT page_no, lines FROM {Pages} WHERE batch_id = $1 AND kind IN (0, 1) AND shard_no = $2")
            .With(shard.BatchId).With(shard.No);
        var lines = new HashSet<int>();
        var next = 0;
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            next = Math.Max(next, row.GetInt32(0) + 1);
            lines.UnionWith(await row.GetFieldValueAsync<int[]>(1, cancellationToken));
        }

        return new(lines, next);
    }

    /// <summary>Lines and bytes of one of the batch's files.</summary>
    public async Task<ResultSize> SizeAsync(Guid batchId, ResultKind kind, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"""
             SELECT coalesce(sum(cardinality(lines)), 0)::bigint, coalesce(sum(octet_length(body)), 0)::bigint
             FROM {Pages} WHERE batch_id = $1 AND kind = $2
             """).With(batchId).With((short)kind);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new(row.GetInt64(0), row.GetInt64(1));
    }

    /// <summary>
    /// Opens a forward-only, asynchronous stream over one of the batch's files, pages in order. Holds about 1 MiB (or
    /// one page, if that is larger) and no connection between reads.
    /// </summary>
    public Stream OpenRead(Guid batchId, ResultKind kind) => new ResultStream(this, batchId, kind);

    /// <summary>Deletes one of the batch's files in short steps.</summary>
    public async Task DeleteAsync(Guid batchId, ResultKind kind, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"""
             DELETE FROM {Pages} WHERE (batch_id, kind, shard_no, page_no) IN (
                 SELECT batch_id, kind, shard_no, page_no FROM {Pages} WHERE batch_id = $1 AND kind = $2 LIMIT 256)
             """).With(batchId).With((short)kind);
        while (await command.ExecuteNonQueryAsync(cancellationToken) > 0)
        {
        }
    }

    /// <summary>
    /// Reads pages after a position until about <paramref name="bytes"/> are in hand, at least one page if there is
    /// one.
    /// </summary>
    internal async Task<IReadOnlyList<StoredPage>> ReadAsync(
        Guid batchId, ResultKind kind, (long FirstLine, int Shard, int Page) after, long bytes,
        CancellationToken cancellationToken)
    {
        // Lengths are known without reading the bodies, so the bodies read are only those that fit.
        await using var command = dataSource.CreateCommand(
            $"""
             SELECT first_line, shard_no, page_no, body FROM (
                 SELECT first_line, shard_no, page_no, body,
                        sum(octet_length(body)) OVER (ORDER BY first_line, shard_no, page_no)
                            - octet_length(body) AS before
                 FROM (SELECT s.first_line, s.no AS shard_no, p.page_no, p.body
                       FROM {Shards} s CROSS JOIN LATERAL (
                           SELECT page_no, body FROM {Pages}
                           WHERE batch_id = $1 AND kind = $2 AND shard_no = s.no
                             AND ((s.first_line, s.no) > ($3, $4) OR page_no > $5)
                           ORDER BY page_no) p
                       WHERE s.batch_id = $1 AND (s.first_line, s.no) >= ($3, $4)
                       ORDER BY s.first_line, s.no, p.page_no LIMIT 128) AS next) AS sized
             WHERE before < $6 ORDER BY first_line, shard_no, page_no
             """)
            .With(batchId).With((short)kind).With(after.FirstLine).With(after.Shard).With(after.Page).With(bytes);
        var pages = new List<StoredPage>();
        await using var row = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            pages.Add(new(
                row.GetInt64(0), row.GetInt32(1), row.GetInt32(2),
                await row.GetFieldValueAsync<byte[]>(3, cancellationToken)));
        }

        return pages;
    }

    private static string Append(string letters) =>
        $"""
         WITH {InstanceGuard.Cte},
         held AS (
             UPDATE {Shards} SET completed = completed + $6, failed = failed + $7,
                    prompt_tokens = prompt_tokens + $8, completion_tokens = completion_tokens + $9,
                    state = CASE WHEN $10 THEN 3 ELSE 2 END, owner = CASE WHEN $10 THEN NULL ELSE owner END,
                    suspect = false, suspected_at = NULL, progressed = true, trial_open = false,
                    failures = 0, parks = 0, error_parks = 0, limited_runs = 0,
                    retries = retries + $15,
                    retry_cause = coalesce($16, retry_cause),
                    retried_at = CASE WHEN $16 IS NULL THEN retried_at ELSE clock_timestamp() END,
                    changed_at = CASE WHEN $10 THEN clock_timestamp() ELSE changed_at END
             WHERE batch_id = $2 AND no = $3 AND epoch = $4 AND owner = $1 AND state = 2 AND EXISTS (SELECT FROM me)
             RETURNING batch_id, no, blob_id),
         written AS (
             INSERT INTO {Pages} (batch_id, shard_no, page_no, kind, lines, body)
             SELECT $2, $3, $5, p.kind, p.lines, p.body
             FROM held, (VALUES (0::smallint, $11::int[], $12::bytea), (1::smallint, $13::int[], $14::bytea))
                 AS p (kind, lines, body)
             WHERE cardinality(p.lines) > 0){letters}
         SELECT count(*) FROM held
         """;
}
