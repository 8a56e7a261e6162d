using MassTransit;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Webhooks;

/// <summary>Short work behind inbox and outbox.</summary>
internal sealed class BatchEndedDefinition : ConsumerDefinition<BatchEndedConsumer>
{
    private const int Concurrency = 8;

    public BatchEndedDefinition()
    {
        EndpointName = Queues.BatchEvents;
        ConcurrentMessageLimit = Concurrency;
    }

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator,
        IConsumerConfigurator<BatchEndedConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStandardPipeline<SchedulerDbContext>(context);
}
