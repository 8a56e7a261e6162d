using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sluice.Durability.Messaging;

namespace MassTransit;

public static class WorkQueueExtensions
{
    /// <summary>
    /// A receive endpoint with the arguments that every work queue has, for a consumer of several queues (which
    /// MassTransit's own <c>ConfigureEndpoints</c> cannot express). Only what is sent to the queue comes there: no
    /// message type is bound to it.
    /// </summary>
    public static void WorkQueue(
        this IRabbitMqBusFactoryConfigurator rabbit, IBusRegistrationContext context, string name,
        Action<IRabbitMqReceiveEndpointConfigurator> configure)
    {
        ArgumentNullException.ThrowIfNull(rabbit);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(configure);
        var options = context.GetRequiredService<IOptions<MessagingOptions>>().Value;
        rabbit.ReceiveEndpoint(name, endpoint =>
        {
            QueueArguments.Apply(endpoint, name, options);
            endpoint.ConfigureConsumeTopology = false;
            configure(endpoint);
        });
    }
}
