using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Dispatch;
using Sluice.Scheduler.Hosting;
using Sluice.Scheduler.Jobs;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Batches.Controls;

/// <summary>
/// Changes what clients decide about a batch that has not ended: pause, priority, deadline. Under the row's lock, as
/// the saga changes it, so that of two clients with the same ETag one is refused.
/// </summary>
internal sealed class BatchControl(
    SchedulerDbContext db, ExpirySchedule expiry, WakeUp<DispatchLoop> dispatch, TimeProvider time)
{
    private NpgsqlConnection Connection => (NpgsqlConnection)db.Database.GetDbConnection();

    /// <summary>
    /// No further shard is dispatched or taken, and workers hear of it within a renewal: the lines in flight are
    /// finished, the others of their shards wait. Idempotent.
    /// </summary>
    public Task<BatchOrRefusal> PauseAsync(ControlRequest request, CancellationToken cancellationToken) =>
        RunAsync(
            request,
            "paused",
            async batch =>
            {
                batch.PausedAt ??= time.GetUtcNow();
                await ValidationTable.PauseAsync(Connection, batch.CorrelationId, paused: true, cancellationToken);
            },
            cancellationToken);

    /// <summary>Dispatch goes on; the time of the pause does not count as waiting. Idempotent.</summary>
    public Task<BatchOrRefusal> ResumeAsync(ControlRequest request, CancellationToken cancellationToken) =>
        RunAsync(
            request,
            "resumed",
            async batch =>
            {
                if (batch.PausedAt is not null)
                {
                    batch.PausedAt = null;
                    await ValidationTable.PauseAsync(
                        Connection, batch.CorrelationId, paused: false, cancellationToken);
                    await DispatchTable.WaitsSinceAsync(
                        Connection, batch.CorrelationId, time.GetUtcNow(), cancellationToken);
                }
            },
            cancellationToken);

    public Task<BatchOrRefusal> ChangeAsync(
        ControlRequest request, BatchChange change, CancellationToken cancellationToken) =>
        RunAsync(
            request,
            "changed",
            async batch =>
            {
                batch.Priority = (short)(change.Priority?.Number ?? batch.Priority);
                if (change.SetsDeadline && change.Deadline != batch.ExpiresAt)
                {
                    batch.ExpiresAt = change.Deadline;
                    batch.ExpiryToken = await expiry.MoveAsync(batch, cancellationToken);
                }
            },
            cancellationToken);

    private async Task<BatchOrRefusal> RunAsync(
        ControlRequest request, string verb, Func<BatchState, Task> apply, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var batch = PublicId.TryParseBatch(request.Id, out var key, out var isJob)
            ? await db.Batches
                .FromSql(
                    $"""
                     SELECT * FROM scheduler.batches WHERE id = {key} AND tenant = {request.Tenant}
                       AND (NOT {isJob} OR endpoint = {JobsEndpoints.Path}) FOR UPDATE
                     """)
                .SingleOrDefaultAsync(cancellationToken)
            : null;
        if (batch is null)
        {
            return BatchesEndpoints.NotFound(request.Id, "id");
        }

        if (RevisionTag.Check(batch, request.Expected, request.Id) is { } mismatch)
        {
            return mismatch;
        }

        if (!IsOpen(batch))
        {
            return OpenAiErrorResult.Conflict(
                $"{request.Id} is {BatchStatus.Of(batch)} and cannot be {verb}.", "id", "batch_not_changeable");
        }

        await apply(batch);
        if (db.ChangeTracker.HasChanges())
        {
            batch.Revision++;
            await db.SaveChangesAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        dispatch.Set();
        return batch;
    }

    private static bool IsOpen(BatchState batch) =>
        batch.CurrentState is nameof(BatchStateMachine.Validating) or nameof(BatchStateMachine.InProgress)
        && !batch.CancelRequested;
}
