using MassTransit;
using Sluice.Contracts.Shards;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Dispatch;

/// <summary>A place in the window is free: wakes a round.</summary>
internal sealed class ShardEndedConsumer(WakeUp<DispatchLoop> dispatch) : IConsumer<ShardEnded>
{
    public Task Consume(ConsumeContext<ShardEnded> context)
    {
        dispatch.Set();
        return Task.CompletedTask;
    }
}
