using MassTransit;

namespace Sluice.Durability.Messaging;

/// <summary>
/// Every queue argument is set explicitly: RabbitMQ 3.10 and 4.x have different defaults, and an argument that drifts
/// keeps an endpoint from starting (406).
/// </summary>
internal static class QueueArguments
{
    public static void Apply(IReceiveEndpointConfigurator endpoint, string name, MessagingOptions options)
    {
        endpoint.PrefetchCount = options.Prefetch;
        endpoint.ConcurrentMessageLimit = options.Concurrency;
        if (options.QueueType != QueueType.Quorum || endpoint is not IRabbitMqReceiveEndpointConfigurator queue)
        {
            return;
        }

        queue.SetQuorumQueue();
        queue.SetQueueArgument("x-delivery-limit", options.DeliveryLimit);
        queue.BindDeadLetterQueue($"{name}_undelivered", $"{name}_undelivered", dead => dead.SetQuorumQueue());
    }
}
