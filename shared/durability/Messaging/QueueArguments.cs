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
        if (endpoint is not IRabbitMqReceiveEndpointConfigurator queue)
        {
            return;
        }

        var arguments = new Dictionary<string, object>(StringComparer.Ordinal);
        if (options.QueueType == QueueType.Quorum)
        {
            var undelivered = name + FailureQueues.Undelivered;
            queue.SetQuorumQueue();
            queue.SetQueueArgument("x-delivery-limit", options.DeliveryLimit);
            queue.BindDeadLetterQueue(undelivered, undelivered, dead => dead.SetQuorumQueue());
            arguments.Add("x-queue-type", "quorum");
            arguments.Add("x-delivery-limit", options.DeliveryLimit);
            arguments.Add("x-dead-letter-exchange", undelivered);
        }

        FailureQueues.Declare(queue, name, arguments);
    }
}
