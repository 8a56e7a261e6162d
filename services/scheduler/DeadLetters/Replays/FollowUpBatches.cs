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
using Sluice.Scheduler.Tenants;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>
/// Makes a batch of failed lines of another one. The input file is stored first, in short transactions; then batch,
/// command and the marks on the letters commit together: what another replay has taken meanwhile undoes all of it.
/// Safe for concurrent use.
/// </summary>
internal sealed class FollowUpBatches(
    SchedulerTransactions transactions,
    IBlobStore blobs,
    TenantLimits limits,
    IOptions<DeadLetterOptions> options,
    TimeProvider time)
{
    /// <summary>Lines that one follow-up batch of a tenant may have: more than it may queue would never fit.</summary>
    public int MostLines(string tenant) => (int)Math.Min(options.Value.MaxLines, limits.Of(tenant).MaxLines);

    /// <summary>Whether these fit now, so that their file is not written in vain each time that they do not.</summary>
    public async Task<bool> FitAsync(IReadOnlyList<LetterRow> lines, CancellationToken cancellationToken)
    {
        await using var transaction = await transactions.BeginAsync(cancellationToken);
        return await limits.CheckAsync(
            transaction.Db,
            lines[0].Tenant ?? "",
            Guid.Empty,
            new() { Lines = lines.Count },
            cancellationToken) is null;
    }

    /// <summary>Stores the input file; the letters that are in it may be fewer than these.</summary>
    /// <param name="lines">Held lines of one batch, in the order of its file.</param>
    /// <param name="edited">The only line, instead of the one that failed.</param>
    /// <param name="cancellationToken">Gives up; what was stored is removed.</param>
    public async Task<FollowUpFile> PrepareAsync(
        IReadOnlyList<LetterRow> lines, byte[]? edited, CancellationToken cancellationToken)
    {
        var maxBytes = Math.Min(options.Value.MaxBytes, limits.Of(lines[0].Tenant ?? "").MaxBytes);
        await using var input = new FollowUpInput(blobs, lines, edited, maxBytes);
        var blob = await blobs.WriteAsync(input, long.MaxValue, cancellationToken);
        return new(blob, input.Taken, input.Missing);
    }

    /// <summary>
    /// Makes the batch, in one transaction that begins with <paramref name="begin"/>. Not made, and the file removed,
    /// when that says no, a letter is not held any more, or the tenant has as much queued as it may.
    /// </summary>
    public async Task<FollowUpOutcome> CommitAsync(
        Guid replay, FollowUpFile file, byte[]? editHash, Func<SchedulerTransaction, Task<bool>> begin,
        CancellationToken cancellationToken)
    {
        var outcome = default(FollowUpOutcome);
        await using (var transaction = await transactions.BeginAsync(cancellationToken))
        {
            if (await begin(transaction))
            {
                outcome = await AddAsync(transaction, replay, file, editHash, cancellationToken);
            }

            if (outcome.IsMade)
            {
                await transaction.CommitAsync(cancellationToken);
                SchedulerMetrics.Entered(nameof(BatchStateMachine.Validating));
                return outcome;
            }
        }

        await blobs.DeleteAsync(file.Blob.Id, cancellationToken);
        return outcome;
    }

    private async Task<FollowUpOutcome> AddAsync(
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
            Lines = file.Letters.Count,
            Status = FileStatus.Processed,
            CreatedAt = now,
            Kind = StoredFile.Blob,
            BlobId = file.Blob.Id,
        };
        if (await limits.CheckAsync(transaction.Db, original.Tenant, stored.Id, stored, cancellationToken) is { } full)
        {
            return full;
        }

        var batch = original.FollowUp(stored.Id, now, Activity.Current?.Id);
        batch.ExpiryToken = await transaction.ScheduleExpiryAsync(batch, cancellationToken);
        transaction.Db.Files.Add(stored);
        transaction.Db.Batches.Add(batch);
        await transaction.SendAsync(
            Queues.Validation, new ValidateBatch { BatchId = batch.CorrelationId }, cancellationToken);
        var marked = await ClaimedLetters.MarkAsync(
            transaction.Connection, replay, file.Letters, batch.CorrelationId, now, editHash, cancellationToken);
        await ReplayTable.AdvanceAsync(transaction.Connection, replay, marked, skipped: 0, cancellationToken);
        return new(marked == file.Letters.Count);
    }
}
