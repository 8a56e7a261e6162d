using MassTransit;
using MassTransit.Context;
using MassTransit.Middleware;
using MassTransit.Middleware.Outbox;
using MassTransit.Scheduling;
using Sluice.Durability.Outbox;

namespace Sluice.Durability.Scheduling;

/// <summary>
/// Gives every consume context the scheduler that saga schedules, time-outs and scheduled redelivery ask for.
/// </summary>
internal sealed class OutboxSchedulerFilter(DirectOutbox direct, Func<IBus> bus) : IFilter<ConsumeContext>
{
    public Task Send(ConsumeContext context, IPipe<ConsumeContext> next)
    {
        context.GetOrAddPayload<MessageSchedulerContext>(() => new ConsumeMessageSchedulerContext(context, Create));
        return next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("outboxScheduler");

    /// <summary>
    /// Behind the consumer outbox the schedule commits with the consumer; before it, in its own transaction.
    /// </summary>
    private MessageScheduler Create(ConsumeContext context)
    {
        IScheduleMessageProvider provider = context is IScheduleCancellation consumer
            ? new OutboxScheduleProvider(context, consumer)
            : new OutboxScheduleProvider(
                new OutboxSendEndpointProvider(direct, context.ReceiveContext.SendEndpointProvider), direct);
        return new MessageScheduler(provider, bus().Topology);
    }
}
