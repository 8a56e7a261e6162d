using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.BatchStore.Blobs;
using Sluice.BatchStore.Results;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Files;

/// <summary>
/// Removes what nobody sees any more: expired files, the bytes of deleted ones, old rows of removed ones, bytes without
/// a file. Every step is bounded and idempotent, so that several schedulers may sweep at once.
/// </summary>
internal sealed class FileSweep(
    NpgsqlDataSource dataSource, IBlobStore blobs, ResultPages pages, IOptions<FilesOptions> options, TimeProvider time)
{
    private const string Files = SchedulerSchema.Name + ".files";

    /// <summary>One step; true when a bound was reached, so that another one has work.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var expired = await ExpireAsync(now, cancellationToken);
        var purged = await PurgeAsync(now, cancellationToken);
        var forgotten = await ForgetAsync(now, cancellationToken);
        await blobs.DeleteOrphansAsync(now - options.Value.OrphanAge, cancellationToken);
        return Math.Max(expired, Math.Max(purged, forgotten)) >= options.Value.SweepChunk;
    }

    /// <summary>An expired input of a running batch waits for the batch.</summary>
    private async Task<int> ExpireAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new(
            $"""
             UPDATE {Files} SET deleted_at = @now WHERE id IN (
                 SELECT f.id FROM {Files} f
                 WHERE f.expires_at <= @now AND f.deleted_at IS NULL AND NOT {FileUse.InUse("f.id")}
                 ORDER BY f.expires_at LIMIT @limit FOR UPDATE SKIP LOCKED)
             """,
            new { now, limit = options.Value.SweepChunk },
            cancellationToken: cancellationToken));
    }

    /// <summary>
    /// Clients have not seen these files any more since they were deleted; what a dead letter needs of them waits for
    /// its end.
    /// </summary>
    private async Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var deleted = (await connection.QueryAsync<DeletedFile>(new(
            $"""
             SELECT id AS Id, kind AS Kind, blob_id AS BlobId, batch_id AS BatchId, result_kind AS ResultKind
             FROM {Files} f WHERE deleted_at IS NOT NULL AND purged_at IS NULL AND NOT {FileUse.IsPayload("f.blob_id")}
             ORDER BY deleted_at LIMIT @limit
             """,
            new { limit = options.Value.SweepChunk },
            cancellationToken: cancellationToken))).AsList();
        foreach (var file in deleted)
        {
            await (file.Kind == StoredFile.Blob
                ? blobs.DeleteAsync(file.BlobId!.Value, cancellationToken)
                : pages.DeleteAsync(file.BatchId!.Value, (ResultKind)file.ResultKind!.Value, cancellationToken));
            await connection.ExecuteAsync(new(
                $"UPDATE {Files} SET purged_at = @now WHERE id = @Id",
                new { now, file.Id },
                cancellationToken: cancellationToken));
        }

        return deleted.Count;
    }

    private async Task<int> ForgetAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new(
            $"""
             DELETE FROM {Files} WHERE id IN (
                 SELECT id FROM {Files} WHERE purged_at < @before ORDER BY purged_at LIMIT @limit)
             """,
            new { before = now - options.Value.TombstoneAge, limit = options.Value.SweepChunk },
            cancellationToken: cancellationToken));
    }

    private sealed record DeletedFile(Guid Id, short Kind, Guid? BlobId, Guid? BatchId, short? ResultKind);
}
