using MassTransit;
using Sluice.Contracts.Shards;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// Holds the delivery while the shard runs. When the delivery is lost (its channel broke, the endpoint stops) the shard
/// goes on under its lease; the message that the broker delivers again finds it running.
/// </summary>
internal sealed class RunShardConsumer(ShardTaker taker, ShardHolder holder) : IConsumer<RunShard>
{
    public async Task Consume(ConsumeContext<RunShard> context)
    {
        if (await taker.TakeAsync(context.Message, context.CancellationToken) is { } taken)
        {
            await holder.HoldAsync(taken).WaitAsync(context.CancellationToken);
        }
    }
}
