using MassTransit;
using Microsoft.Extensions.Options;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Batches.Validation;

/// <summary>Long work without inbox: guarded by the validation's epoch.</summary>
internal sealed class ValidateBatchDefinition : ConsumerDefinition<ValidateBatchConsumer>
{
    public ValidateBatchDefinition(IOptions<ValidationOptions> options)
    {
        EndpointName = Queues.Validation;
        ConcurrentMessageLimit = options.Value.Concurrency;
    }

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator,
        IConsumerConfigurator<ValidateBatchConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStandardPipeline(context);
}
