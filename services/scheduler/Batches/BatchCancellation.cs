using MassTransit;
using Microsoft.EntityFrameworkCore;
using Sluice.Contracts.Batches;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Batches;

/// <summary>Takes the request to cancel a batch: the fact and the command commit together.</summary>
internal sealed class BatchCancellation(SchedulerDbContext db, ISendEndpointProvider outbox, TimeProvider time)
{
    /// <summary>
    /// True when this or an earlier request cancels the batch; false when it is too late: the batch has ended, or all
    /// its lines have.
    /// </summary>
    public async Task<bool> RequestAsync(BatchState batch, CancellationToken cancellationToken)
    {
        if (batch.CancelRequested)
        {
            return !HasEnded(batch);
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        // Under the row's lock, as the saga changes it: a cancel is either seen by the event that would end the batch,
        // or it finds the batch past that.
        var now = time.GetUtcNow();
        var changed = await db.Batches
            .Where(b => b.CorrelationId == batch.CorrelationId
                && b.CancelRequestedAt == null
                && (b.CurrentState == nameof(BatchStateMachine.Validating)
                    || b.CurrentState == nameof(BatchStateMachine.InProgress)))
            .ExecuteUpdateAsync(set => set.SetProperty(b => b.CancelRequestedAt, now), cancellationToken);
        if (changed == 1)
        {
            var queue = await outbox.GetSendEndpoint(Queues.Address(Queues.Saga));
            await queue.Send(new CancelBatch { BatchId = batch.CorrelationId }, cancellationToken);
            await db.SaveChangesAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return changed == 1
            || await db.Batches.AsNoTracking().AnyAsync(
                b => b.CorrelationId == batch.CorrelationId
                    && b.CancelRequestedAt != null
                    && b.CurrentState != nameof(BatchStateMachine.Cancelled),
                cancellationToken);
    }

    private static bool HasEnded(BatchState batch) => batch.CurrentState == nameof(BatchStateMachine.Cancelled);
}
