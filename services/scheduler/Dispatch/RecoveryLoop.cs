using Microsoft.Extensions.Options;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Dispatch;

/// <summary>
/// Looks for shards to take back at short intervals. Apart from the rounds, because taking over may wait for a lock of
/// a frozen worker.
/// </summary>
internal sealed partial class RecoveryLoop(
    ShardRecovery recovery,
    WakeUp<DispatchLoop> dispatch,
    IOptions<DispatchOptions> options,
    TimeProvider time,
    ILogger<RecoveryLoop> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var answering = time.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            var begun = time.GetTimestamp();
            try
            {
                var steady = time.GetElapsedTime(answering) > options.Value.SuspectAfter;
                if (await recovery.RunAsync(steady, stoppingToken) > 0)
                {
                    dispatch.Set();
                }

                // An answer that took this long is an outage that ended well.
                if (time.GetElapsedTime(begun) > options.Value.SuspectAfter / 2)
                {
                    answering = time.GetTimestamp();
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database, and starts its patience anew.
                Log.Failed(logger, e);
                answering = time.GetTimestamp();
            }

            await Task.Delay(options.Value.RecoveryInterval, time, stoppingToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Looking for shards to take back failed; the next look tries again")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
