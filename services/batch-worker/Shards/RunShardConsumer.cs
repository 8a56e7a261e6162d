using MassTransit;
using Sluice.Contracts.Shards;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// Holds the delivery while the shard runs, for a time slice at most. When the slice is over, or the delivery is lost
/// (its channel broke, the endpoint stops), the shard goes on under its lease; a message that the broker delivers again
/// finds it running.
/// </summary>
internal sealed class RunShardConsumer(ShardTaker taker, ShardHolder holder) : IConsumer<RunShard>
{
    public async Task Consume(ConsumeContext<RunShard> context)
    {
        if (await taker.TakeAsync(context.Message, context.CancellationToken) is { } taken)
        {
            await holder.HoldAsync(taken, context.CancellationToken);
        }
    }
}
