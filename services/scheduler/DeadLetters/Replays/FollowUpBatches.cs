using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sluice.BatchStore.Blobs;
using Sluice.Contracts.Batches;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Files;
using Sluice.Scheduler.Hosting;
using Sluice.Scheduler.Telemetry;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>
/// Makes a batch of failed lines of another one. The input file is stored first, in short transactions; then batch,
/// command and the marks on the letters commit together: what another replay has taken meanwhile undoes all of it.
/// Safe for concurrent use.
/// </summary>
internal sealed class FollowUpBatches(
    SchedulerTransactions transactions, IBlobStore blobs, IOptions<DeadLetterOptions> options, TimeProvider time)
{
    /// <summary>Stores the input file; the letters that are in it may be fewer than these.</summary>
    /// <param name="lines">Held lines of one batch, in the order of its file.</param>
    /// <param name="edited">The only line, instead of the one that failed.</param>
    /// <param name="cancellationToken">Gives up; what was stored is removed.</param>
    public async Task<FollowUpFile> PrepareAsync(
        IReadOnlyList<LetterRow> lines, byte[]? edited, CancellationToken cancellationToken)
    {
        await using var input = new FollowUpInput(blobs, lines, edited, options.Value.MaxBytes);
        var blob = await blobs.WriteAsync(input, long.MaxValue, cancellationToken);
        return new(blob, input.Taken, input.Missing);
    }

    /// <summary>
    /// Makes the batch, in one transaction that begins with <paramref name="begin"/>. False, and the file is removed,
    /// when that says no or a letter is not held any more.
    /// </summary>
    public async Task<bool> CommitAsync(
        Guid replay, FollowUpFile file, byte[]? editHash, Func<SchedulerTransaction, Task<bool>> begin,
        CancellationToken cancellationToken)
    {
        await using (var transaction = await transactions.BeginAsync(cancellationToken))
        {
            if (await begin(transaction)
                && await AddAsync(transaction, replay, file, editHash, cancellationToken))
            {
                await transaction.CommitAsync(cancellationToken);
                SchedulerMetrics.Entered(nameof(BatchStateMachine.Validating));
                return true;
            }
        }

        await blobs.DeleteAsync(file.Blob.Id, cancellationToken);
        return false;
    }

    private async Task<bool> AddAsync(
        SchedulerTransaction transaction, Guid replay, FollowUpFile file, byte[]? editHash,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var originalId = file.Letters[0].BatchId!.Value;
        var original = await transaction.Db.Batches.AsNoTracking()
            .SingleAsync(b => b.CorrelationId == originalId, cancellationToken);
        var stored = new StoredFile
        {
            Id = Guid.CreateVersion7(now),
            Tenant = original.Tenant,
            Purpose = FilePurpose.Batch,
            Filename = $"{PublicId.Batch(originalId)}_replay.jsonl",
            Bytes = file.Blob.Bytes,
            Status = FileStatus.Processed,
            CreatedAt = now,
            Kind = StoredFile.Blob,
            BlobId = file.Blob.Id,
        };
        var batch = original.FollowUp(stored.Id, now, Activity.Current?.Id);
        batch.ExpiryToken = await transaction.ScheduleExpiryAsync(batch, cancellationToken);
        transaction.Db.Files.Add(stored);
        transaction.Db.Batches.Add(batch);
        await transaction.SendAsync(
            Queues.Validation, new ValidateBatch { BatchId = batch.CorrelationId }, cancellationToken);
        var marked = await ClaimedLetters.MarkAsync(
            transaction.Connection, replay, file.Letters, batch.CorrelationId, now, editHash, cancellationToken);
        await ReplayTable.AdvanceAsync(transaction.Connection, replay, marked, skipped: 0, cancellationToken);
        return marked == file.Letters.Count;
    }
}
