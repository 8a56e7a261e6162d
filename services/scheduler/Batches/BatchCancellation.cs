using MassTransit;
using Microsoft.EntityFrameworkCore;
using Sluice.Contracts.Batches;
using Sluice.Scheduler.Batches.Controls;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Batches;

/// <summary>Takes the request to cancel a batch: the fact and the command commit together.</summary>
internal sealed class BatchCancellation(SchedulerDbContext db, ISendEndpointProvider outbox, TimeProvider time)
{
    /// <summary>
    /// Cancelling again is the same cancel, which a client that sends the tag of before it is not told: it gets what
    /// every change by a tag of before gets.
    /// </summary>
    /// <param name="batch">The batch that it is about, as the caller may see it.</param>
    /// <param name="expected">ETags that the caller accepts; null for any.</param>
    /// <param name="id">The batch, as the caller wrote it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<CancelResult> RequestAsync(
        BatchState batch, IReadOnlyList<string>? expected, string id, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        // Under the row's lock, as the saga changes it: a cancel is either seen by the event that would end the batch,
        // or it finds the batch past that.
        var now = await db.Batches
            .FromSql($"SELECT * FROM scheduler.batches WHERE id = {batch.CorrelationId} FOR UPDATE")
            .SingleAsync(cancellationToken);
        if (RevisionTag.Check(now, expected, id) is { } mismatch)
        {
            return new(false, mismatch);
        }

        if (!now.CancelRequested && IsOpen(now))
        {
            now.CancelRequestedAt = time.GetUtcNow();
            now.Revision++;
            var queue = await outbox.GetSendEndpoint(Queues.Address(Queues.Saga));
            await queue.Send(new CancelBatch { BatchId = now.CorrelationId }, cancellationToken);
            await db.SaveChangesAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return new(now.CancelRequested && now.CurrentState != nameof(BatchStateMachine.Cancelled), null);
    }

    private static bool IsOpen(BatchState batch) =>
        batch.CurrentState is nameof(BatchStateMachine.Validating) or nameof(BatchStateMachine.InProgress);
}
