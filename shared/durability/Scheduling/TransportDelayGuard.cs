using MassTransit;

namespace Sluice.Durability.Scheduling;

/// <summary>
/// Refuses a delay that reaches the transport. RabbitMQ would need the delayed-exchange plug-in: without it the broker
/// closes the connection of the whole bus, and the message loops.
/// </summary>
internal sealed class TransportDelayGuard : ISendObserver, IPublishObserver
{
    public Task PreSend<T>(SendContext<T> context)
        where T : class => Refuse<T>(context);

    /// <summary>What is published passes no send observer.</summary>
    public Task PrePublish<T>(PublishContext<T> context)
        where T : class => Refuse<T>(context);

    public Task PostSend<T>(SendContext<T> context)
        where T : class => Task.CompletedTask;

    public Task SendFault<T>(SendContext<T> context, Exception exception)
        where T : class => Task.CompletedTask;

    public Task PostPublish<T>(PublishContext<T> context)
        where T : class => Task.CompletedTask;

    public Task PublishFault<T>(PublishContext<T> context, Exception exception)
        where T : class => Task.CompletedTask;

    private static Task Refuse<T>(SendContext context) =>
        context.Delay > TimeSpan.Zero
            ? throw new NotSupportedException(
                $"{typeof(T).Name} was sent with a delay by the transport. Schedule it instead (IMessageScheduler, "
                + "saga Schedule, UseScheduledRedelivery): UseDelayedRedelivery and Defer are not supported.")
            : Task.CompletedTask;
}
