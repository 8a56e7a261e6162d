using MassTransit;

namespace Sluice.Durability.Scheduling;

/// <summary>
/// Refuses a delay that reaches the transport. RabbitMQ would need the delayed-exchange plug-in: without it the broker
/// closes the connection of the whole bus, and the message loops.
/// </summary>
internal sealed class TransportDelayGuard : ISendObserver
{
    public Task PreSend<T>(SendContext<T> context)
        where T : class =>
        context.Delay > TimeSpan.Zero
            ? throw new NotSupportedException(
                $"{typeof(T).Name} was sent with a delay by the transport. Schedule it instead (IMessageScheduler, "
                + "saga Schedule, UseScheduledRedelivery): UseDelayedRedelivery and Defer are not supported.")
            : Task.CompletedTask;

    public Task PostSend<T>(SendContext<T> context)
        where T : class => Task.CompletedTask;

    public Task SendFault<T>(SendContext<T> context, Exception exception)
        where T : class => Task.CompletedTask;
}
