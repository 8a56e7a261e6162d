using System.Threading.Channels;
using MassTransit;
using Sluice.BatchStore.Shards;
using Sluice.Contracts.Shards;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// Publishes <see cref="ShardEnded"/> behind the shards' backs: hints, so the oldest of more than 1,024 waiting ones
/// are dropped, and a broker that is away holds nobody up. Not through an outbox: the table is the truth. Thread-safe.
/// </summary>
internal sealed partial class ShardEndedNotices(IBus bus, TimeProvider time, ILogger<ShardEndedNotices> logger)
    : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Channel<ShardKey> _waiting = Channel.CreateBounded<ShardKey>(
        new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public void Add(ShardKey shard) => _waiting.Writer.TryWrite(shard);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var shard in _waiting.Reader.ReadAllAsync(stoppingToken))
            {
                await PublishAsync(shard);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; the scheduler's poll finds what was not announced.
        }
    }

    private async Task PublishAsync(ShardKey shard)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            await bus.Publish(new ShardEnded { BatchId = shard.BatchId, ShardNo = shard.No }, patience.Token);
        }
        catch (Exception exception)
        {
            // Whatever keeps the broker from taking it: it is only a hint.
            Log.NotPublished(logger, exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "The end of a shard could not be announced: {Reason}")]
        public static partial void NotPublished(ILogger logger, string reason);
    }
}
