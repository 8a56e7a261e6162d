using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
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
    IOptions<CreationOptions> options,
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
        var earlier = request.IdempotencyKey is null
            ? await FindRetriedAsync(request, cancellationToken)
            : await FindKeyAsync(request, cancellationToken);
        if (earlier is not null)
        {
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
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

    private async Task<CreationResult?> FindKeyAsync(CreationRequest request, CancellationToken cancellationToken)
    {
        try
        {
            // Whoever has it needs it for a few statements; the server takes it from a process that froze. The wait is
            // bounded by Postgres:LockTimeout.
            await db.Database.ExecuteSqlAsync(
                $"SELECT pg_advisory_xact_lock(hashtextextended({request.LockName}, 30001))", cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return CreationRequest.KeyInUse;
        }

        var creation = await db.Creations.AsNoTracking().SingleOrDefaultAsync(
            c => c.Tenant == request.Tenant && c.IdempotencyKey == request.IdempotencyKey, cancellationToken);
        if (creation is null)
        {
            return null;
        }

        if (creation.CreatedAt < time.GetUtcNow() - options.Value.KeyRetention)
        {
            await db.Creations.Where(c => c.BatchId == creation.BatchId).ExecuteDeleteAsync(cancellationToken);
            return null;
        }

        return request.BodyHash.Span.SequenceEqual(creation.BodyHash)
            ? AsCreated(await BatchOf(creation, cancellationToken))
            : CreationRequest.KeyReused;
    }

    private async Task<CreationResult?> FindRetriedAsync(CreationRequest request, CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync(
            $"SELECT pg_advisory_xact_lock(hashtextextended({request.LockName}, 30002))", cancellationToken);
        var hash = request.BodyHash.ToArray();
        var since = time.GetUtcNow() - options.Value.RetryWindow;
        var made = await db.Creations
            .Where(c => c.Tenant == request.Tenant
                && c.BodyHash == hash
                && c.IdempotencyKey == null
                && c.CreatedAt > since)
            .OrderBy(c => c.CreatedAt)
            .ToListAsync(cancellationToken);
        if (RetryMatch.Find(request, made, c => c.Answered.Zip(c.AnsweredAt)) is not { } creation)
        {
            return null;
        }

        creation.Answered = [.. creation.Answered, request.RetryCount];
        creation.AnsweredAt = [.. creation.AnsweredAt, request.ReceivedAt];
        return await BatchOf(creation, cancellationToken);
    }

    private Task<BatchState> BatchOf(Creation creation, CancellationToken cancellationToken) =>
        db.Batches.AsNoTracking().SingleAsync(b => b.CorrelationId == creation.BatchId, cancellationToken);

    /// <summary>The same answer as the first time, however far the batch has come since.</summary>
    private static BatchState AsCreated(BatchState batch) => new()
    {
        CorrelationId = batch.CorrelationId,
        CurrentState = nameof(BatchStateMachine.Validating),
        Tenant = batch.Tenant,
        InputFileId = batch.InputFileId,
        Endpoint = batch.Endpoint,
        CompletionWindow = batch.CompletionWindow,
        Priority = batch.Priority,
        Metadata = batch.Metadata,
        CreatedAt = batch.CreatedAt,
        ExpiresAt = batch.ExpiresAt,
        TotalLines = batch.Endpoint == JobsEndpoints.Path ? batch.TotalLines : 0,
    };

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
