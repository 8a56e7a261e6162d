using MassTransit;
using Sluice.Contracts.Batches;

namespace Sluice.Scheduler.Batches.Validation;

/// <summary>
/// Validates one batch; holds the delivery meanwhile, so that a scheduler that dies hands it to another.
/// </summary>
internal sealed class ValidateBatchConsumer(BatchValidation validation) : IConsumer<ValidateBatch>
{
    public Task Consume(ConsumeContext<ValidateBatch> context) =>
        validation.RunAsync(context.Message.BatchId, context.CancellationToken);
}
