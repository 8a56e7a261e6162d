namespace Sluice.Streaming.Log;

/// <summary>
/// Keeps the log in shape: partitions ahead of time (before the first request, too), compaction of what has ended,
/// removal of what has expired or was deleted.
/// </summary>
internal sealed partial class LogMaintenance(
    LogPartitions partitions,
    LogCompaction compaction,
    LogForget forget,
    LogBounds bounds,
    ILogger<LogMaintenance> logger) : BackgroundService
{
    private const int ResponsesAtOnce = 10;
    private const int CreationsAtOnce = 1_000;

    private DateOnly _lookedAt;

    /// <summary>The first partitions are there before the service takes requests.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await partitions.CreateAsync(Today(), cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(bounds.Options.CompactInterval, bounds.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database; nothing is lost by doing this later.
                Log.Failed(logger, exception.Message);
            }
        }
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        if (_lookedAt != Today())
        {
            await partitions.CreateAsync(Today(), stopping);

            // A response of the last moment of a day can be read until the retention has passed after it; and ids of
            // yesterday are still written to, however short the retention is.
            var oldest = DateOnly.FromDateTime((bounds.Time.GetUtcNow() - bounds.Options.Retention).UtcDateTime);
            var yesterday = Today().AddDays(-1);
            await partitions.RemoveAsync(oldest < yesterday ? oldest : yesterday, stopping);
            _lookedAt = Today();
        }

        while (await forget.RunAsync(ResponsesAtOnce, stopping) == ResponsesAtOnce)
        {
        }

        while (await forget.RunCreationsAsync(CreationsAtOnce, stopping) == CreationsAtOnce)
        {
        }

        var (limit, bytes) = (ResponsesAtOnce, bounds.Options.CompactedRowBytes);
        while (await compaction.RunAsync(limit, bytes, stopping) == limit)
        {
        }
    }

    private DateOnly Today() => DateOnly.FromDateTime(bounds.Time.GetUtcNow().UtcDateTime);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The log could not be maintained; the next round tries again: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
