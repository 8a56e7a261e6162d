using MassTransit;
using Microsoft.Extensions.Options;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Batches.Finalization;

/// <summary>Long work without inbox: idempotent per shard and per file.</summary>
internal sealed class FinalizeBatchDefinition : ConsumerDefinition<FinalizeBatchConsumer>
{
    public FinalizeBatchDefinition(IOptions<FinalizationOptions> options)
    {
        EndpointName = Queues.Finalization;
        ConcurrentMessageLimit = options.Value.Concurrency;
    }

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator,
        IConsumerConfigurator<FinalizeBatchConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStandardPipeline(context);
}
