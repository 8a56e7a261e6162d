using MassTransit;
using Sluice.Contracts.Batches;

namespace Sluice.Scheduler.Batches.Finalization;

/// <summary>Finalizes one batch; idempotent, so that a delivery may be repeated.</summary>
internal sealed class FinalizeBatchConsumer(BatchFinalization finalization) : IConsumer<FinalizeBatch>
{
    public Task Consume(ConsumeContext<FinalizeBatch> context) =>
        finalization.RunAsync(context.Message.BatchId, context.CancellationToken);
}
