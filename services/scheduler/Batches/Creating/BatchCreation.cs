using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Files;
using Sluice.Scheduler.Jobs;
using Sluice.Scheduler.Telemetry;
using Sluice.Scheduler.Tenants;
using Sluice.ServiceDefaults.Creations;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Batches.Creating;

/// <summary>
/// Creates batches: the row, the first command, and the record of who asked, in one transaction. Requests of one tenant
/// with the same body, or the same Idempotency-Key, go one after the other.
/// </summary>
internal sealed class BatchCreation(
    SchedulerDbContext db,
    BatchStart start,
    TenantLimits limits,
    EarlierCreations earlierOnes,
    TimeProvider time)
{
    /// <summary>Returns the batch that the request made, or that the one it repeats had made.</summary>
    public Task<CreationResult> RunAsync(
        CreationRequest request, CreateBatchBody body, CancellationToken cancellationToken) =>
        RunAsync(request, body, null, cancellationToken);

    /// <summary>The same for a job; the row of its input is inserted with the batch, or not at all.</summary>
    public Task<CreationResult> RunAsync(
        CreationRequest request, NewJob job, CancellationToken cancellationToken) =>
        RunAsync(request, job.Body, job, cancellationToken);

    private async Task<CreationResult> RunAsync(
        CreationRequest request, CreateBatchBody body, NewJob? job, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await earlierOnes.FindAsync(request, cancellationToken) is { } earlier)
        {
            if (earlier.Batch is not null)
            {
                await db.SaveChangesAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }

            return earlier;
        }

        if (job is not null)
        {
            db.Files.Add(job.Input);
        }
        else if (await CheckFileAsync(request.Tenant, body.InputFileId, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        var batch = Add(request, body);
        batch.TotalLines = job?.Lines ?? 0;
        if (await limits.CheckAsync(db, request.Tenant, batch.InputFileId, job?.Input, cancellationToken) is { } full)
        {
            return full;
        }

        await start.RunAsync(batch, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        SchedulerMetrics.Entered(batch.CurrentState);
        return batch;
    }

    /// <summary>Locks the row, so that the file is not deleted before the batch is seen to use it.</summary>
    private async Task<OpenAiErrorResult?> CheckFileAsync(string tenant, string id, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var file = PublicId.TryParseFile(id, out var key)
            ? await db.Files
                .FromSql($"SELECT * FROM scheduler.files WHERE id = {key} FOR SHARE")
                .AsNoTracking()
                .Visible(tenant, now)
                .SingleOrDefaultAsync(cancellationToken)
            : null;
        return file is null
            ? FilesEndpoints.NotFound(id, "input_file_id")
            : file.Purpose != FilePurpose.Batch
                ? OpenAiErrorResult.BadRequest(
                    $"The purpose of {id} is '{file.Purpose}', not '{FilePurpose.Batch}'.",
                    "input_file_id",
                    "invalid_purpose")
                : null;
    }

    private BatchState Add(CreationRequest request, CreateBatchBody body)
    {
        var now = time.GetUtcNow();
        _ = PublicId.TryParseFile(body.InputFileId, out var file);
        var batch = new BatchState
        {
            CorrelationId = Guid.CreateVersion7(now),
            CurrentState = nameof(BatchStateMachine.Validating),
            Tenant = request.Tenant,
            InputFileId = file,
            Endpoint = body.Endpoint,
            CompletionWindow = body.Window.Text,
            Priority = (short)body.Priority.Number,
            Metadata = body.Metadata,
            CreatedAt = now,
            ExpiresAt = body.Window.EndsAfter(now),
            TraceParent = Activity.Current?.Id,
        };
        db.Batches.Add(batch);
        db.Creations.Add(new()
        {
            BatchId = batch.CorrelationId,
            Tenant = request.Tenant,
            BodyHash = request.BodyHash.ToArray(),
            IdempotencyKey = request.IdempotencyKey,
            Answered = [request.RetryCount],
            AnsweredAt = [request.ReceivedAt],
            CreatedAt = now,
        });
        return batch;
    }
}
