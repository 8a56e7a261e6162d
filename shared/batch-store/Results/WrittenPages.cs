using System.Globalization;
using Npgsql;
using Sluice.BatchStore.Sql;
using Sluice.Durability.Postgres;

namespace Sluice.BatchStore.Results;

/// <summary>
/// Reads the pages of a batch in the order in which their transactions ended, also while it runs: no page ever comes in
/// front of one that was handed out. Safe for concurrent use.
/// </summary>
public sealed class WrittenPages(NpgsqlDataSource dataSource)
{
    private const string Pages = BatchStoreSchema.Name + ".result_pages";
    private const int MaxPages = 1024;

    // A page whose transaction is not below every running one waits: one with a lower id may still commit. Our own
    // transactions end within seconds, so that is as long as it waits. Once the batch has ended there is no such one.
    private const string ListSql =
        $"""
         SELECT written_in::text, shard_no, page_no, bytes FROM (
             SELECT written_in, shard_no, page_no, octet_length(body) AS bytes,
                    sum(octet_length(body)) OVER (ORDER BY written_in, shard_no, page_no) - octet_length(body) AS before
             FROM (SELECT written_in, shard_no, page_no, body FROM {Pages}
                   WHERE batch_id = $1 AND kind = $2 AND (written_in, shard_no, page_no) > ($3::text::xid8, $4, $5)
                     AND ($8 OR written_in < pg_snapshot_xmin(pg_current_snapshot()))
                   ORDER BY written_in, shard_no, page_no LIMIT $7) AS next) AS sized
         WHERE before < $6 ORDER BY written_in, shard_no, page_no
         """;

    /// <summary>
    /// The pages after a position whose bodies make about <paramref name="bytes"/>: at least one if there is one, at
    /// most 1,024.
    /// </summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="kind">Which of its files.</param>
    /// <param name="after">Where the reader is.</param>
    /// <param name="bytes">How much is wanted.</param>
    /// <param name="hasEnded">The batch was seen ended before: none of its pages is still to come.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<WrittenPage>> ListAsync(
        Guid batchId, ResultKind kind, PagePosition after, long bytes, bool hasEnded,
        CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(ListSql)
            .With(batchId).With((short)kind)
            .With(after.Transaction.ToString(CultureInfo.InvariantCulture)).With(after.ShardNo).With(after.PageNo)
            .With(bytes).With(MaxPages).With(hasEnded);
        var pages = new List<WrittenPage>();
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            pages.Add(new(
                new(ulong.Parse(row.GetString(0), CultureInfo.InvariantCulture), row.GetInt32(1), row.GetInt32(2)),
                row.GetInt32(3)));
        }

        return pages;
    }

    /// <summary>The JSON Lines of a page; null when it was removed meanwhile.</summary>
    public async Task<byte[]?> BodyAsync(
        Guid batchId, ResultKind kind, PagePosition page, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"SELECT body FROM {Pages} WHERE batch_id = $1 AND kind = $2 AND shard_no = $3 AND page_no = $4")
            .With(batchId).With((short)kind).With(page.ShardNo).With(page.PageNo);
        return await command.ReadBytesAsync(cancellationToken);
    }
}
