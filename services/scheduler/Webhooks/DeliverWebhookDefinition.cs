using MassTransit;
using Microsoft.Extensions.Options;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Webhooks;

/// <summary>Work without inbox, as it waits for a receiver: guarded by the number of the attempt.</summary>
internal sealed class DeliverWebhookDefinition : ConsumerDefinition<DeliverWebhookConsumer>
{
    public DeliverWebhookDefinition(IOptions<WebhookOptions> options)
    {
        EndpointName = Queues.Webhooks;
        ConcurrentMessageLimit = options.Value.Concurrency;
    }

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator,
        IConsumerConfigurator<DeliverWebhookConsumer> consumerConfigurator, IRegistrationContext context) =>
        endpointConfigurator.UseStandardPipeline(context);
}
