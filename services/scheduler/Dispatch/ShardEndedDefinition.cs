using MassTransit;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Dispatch;

/// <summary>Hints: neither inbox nor retries; the poll covers a lost one.</summary>
internal sealed class ShardEndedDefinition : ConsumerDefinition<ShardEndedConsumer>
{
    public ShardEndedDefinition() => EndpointName = Queues.DispatchSignals;
}
