using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Jobs;
using Sluice.ServiceDefaults.Creations;

namespace Sluice.Scheduler.Batches.Creating;

/// <summary>
/// Finds what a request that is repeated has made before, by its Idempotency-Key or its retry count; within the
/// caller's transaction, which holds a lock from here on, so that repetitions go one after the other.
/// </summary>
internal sealed class EarlierCreations(
    SchedulerDbContext db, KeyLocks locks, IOptions<CreationOptions> options, TimeProvider time)
{
    /// <summary>The batch, or why the request cannot be answered; null for a new one.</summary>
    public Task<CreationResult?> FindAsync(CreationRequest request, CancellationToken cancellationToken) =>
        request.IdempotencyKey is null
            ? FindRetriedAsync(request, cancellationToken)
            : FindKeyAsync(request, cancellationToken);

    private async Task<CreationResult?> FindKeyAsync(CreationRequest request, CancellationToken cancellationToken)
    {
        if (!await locks.TakeAsync(db, request.LockName, cancellationToken))
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
}
