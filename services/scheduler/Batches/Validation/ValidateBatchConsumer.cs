using MassTransit;
using Microsoft.Extensions.Options;
using Sluice.Contracts.Batches;
using Sluice.Durability.Messaging;

namespace Sluice.Scheduler.Batches.Validation;

/// <summary>
/// Validates one batch; holds the delivery meanwhile, so that a scheduler that dies hands it to another.
/// </summary>
internal sealed class ValidateBatchConsumer(BatchValidation validation, IOptions<MessagingOptions> messaging)
    : IConsumer<ValidateBatch>
{
    public Task Consume(ConsumeContext<ValidateBatch> context) =>
        validation.RunAsync(
            context.Message.BatchId, messaging.Value.IsLastTry(context), context.CancellationToken);
}
