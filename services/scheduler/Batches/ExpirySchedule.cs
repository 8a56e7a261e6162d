using MassTransit;
using Sluice.Contracts.Batches;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Batches;

/// <summary>
/// Orders the end of a batch at its deadline: a delayed message in the transaction of the scope's context.
/// </summary>
internal sealed class ExpirySchedule(IMessageScheduler scheduler)
{
    /// <summary>Returns what cancels the message again; null, and nothing ordered, without a deadline.</summary>
    public async Task<Guid?> SetAsync(Guid batchId, DateTimeOffset? deadline, CancellationToken cancellationToken)
    {
        if (deadline is not { } at)
        {
            return null;
        }

        var message = await scheduler.ScheduleSend(
            Queues.Address(Queues.Saga),
            at.UtcDateTime,
            new ExpireBatch { BatchId = batchId, Deadline = at },
            cancellationToken);
        return message.TokenId;
    }

    /// <summary>As <see cref="SetAsync"/> for the batch's new deadline, and takes the earlier message back.</summary>
    public async Task<Guid?> MoveAsync(BatchState batch, CancellationToken cancellationToken)
    {
        if (batch.ExpiryToken is { } earlier)
        {
            await scheduler.CancelScheduledSend(Queues.Address(Queues.Saga), earlier, cancellationToken);
        }

        return await SetAsync(batch.CorrelationId, batch.ExpiresAt, cancellationToken);
    }
}
