using MassTransit;
using Sluice.Contracts.Batches;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Batches.Creating;

/// <summary>What a new batch sets in motion, in the transaction that creates it.</summary>
internal sealed class BatchStart(ISendEndpointProvider outbox, ExpirySchedule expiry)
{
    public async Task RunAsync(BatchState batch, CancellationToken cancellationToken)
    {
        batch.ExpiryToken = await expiry.SetAsync(batch.CorrelationId, batch.ExpiresAt, cancellationToken);
        var queue = await outbox.GetSendEndpoint(Queues.Address(Queues.Validation));
        await queue.Send(new ValidateBatch { BatchId = batch.CorrelationId }, cancellationToken);
    }
}
