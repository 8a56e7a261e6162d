using System.Data;
using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Watching;

/// <summary>Looks at one batch, in one snapshot of the database.</summary>
internal sealed class ProgressLook(SchedulerDbContext db, BatchViews views)
{
    private static readonly string[] Ends = ["completed", "failed", "expired", "cancelled"];

    public async Task<ProgressEvent> RunAsync(Guid batchId, long look, CancellationToken cancellationToken)
    {
        await db.Database.OpenConnectionAsync(cancellationToken);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();

        // Before the snapshot: what is seen is never older than the id says.
        var lsn = await LogPositionAsync(connection, cancellationToken);
        await using var transaction =
            await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var batch = await db.Batches.AsNoTracking()
            .SingleAsync(b => b.CorrelationId == batchId, cancellationToken);
        var view = await views.OfAsync(batch, cancellationToken);
        var sums = await ShardReads.SumsAsync(connection, batchId, cancellationToken);
        var waiting = await ShardReads.WaitingAsync(connection, batchId, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Event(look, lsn, ProgressOf(view, sums, waiting));
    }

    /// <summary>How far the database's write-ahead log has come, in bytes; every commit moves it.</summary>
    public static Task<long> LogPositionAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<long>(new(
            "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint",
            cancellationToken: cancellationToken));

    /// <summary>Whether a batch of this status changes no more.</summary>
    public static bool IsEnd(string status) => Ends.Contains(status, StringComparer.Ordinal);

    private static BatchProgress ProgressOf(
        BatchView view, IReadOnlyList<ShardStateSum> sums, IReadOnlyList<(string Cause, int Shards)> waiting) => new()
    {
        Type = IsEnd(view.Status) ? $"batch.{view.Status}" : "batch.progress",
        BatchId = view.Id,
        Status = view.Status,
        RequestCounts = view.RequestCounts,
        Progress = view.XSluice.Progress,
        Rate = view.XSluice.Rate,
        Eta = view.XSluice.Eta,
        Shards = sums.ToDictionary(s => ShardView.NameOf(s.State), s => s.Shards, StringComparer.Ordinal),
        Retries = sums.Sum(s => s.Retries),
        LineRetries = sums.Sum(s => s.LineRetries),
        Causes = Causes(sums, waiting),
        OutputFileId = view.OutputFileId,
        ErrorFileId = view.ErrorFileId,
    };

    private static IReadOnlyList<ShardCause> Causes(
        IReadOnlyList<ShardStateSum> sums, IReadOnlyList<(string Cause, int Shards)> waiting)
    {
        var silent = sums.Sum(s => s.Suspects);
        return
        [
            .. waiting.Select(w => new ShardCause(w.Cause, w.Shards)),
            .. silent > 0 ? [new(ShardCause.OwnerSilent, silent)] : Array.Empty<ShardCause>(),
        ];
    }

    private static ProgressEvent Event(long look, long lsn, BatchProgress progress)
    {
        // Rate and eta change while nothing happens: that alone is no event.
        var content = JsonSerializer.SerializeToUtf8Bytes(
            progress with { Rate = null, Eta = null }, WatchJsonContext.Default.BatchProgress);
        return new(
            look,
            ProgressPosition.Of(lsn, SHA256.HashData(content)),
            progress.Type,
            JsonSerializer.SerializeToUtf8Bytes(progress, WatchJsonContext.Default.BatchProgress),
            IsEnd(progress.Status));
    }
}
