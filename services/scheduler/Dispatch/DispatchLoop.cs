using Microsoft.Extensions.Options;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Dispatch;

/// <summary>Runs dispatch rounds: when woken, and at short intervals for what nobody said.</summary>
internal sealed partial class DispatchLoop(
    DispatchRound round,
    WakeUp<DispatchLoop> wakeUp,
    IOptions<DispatchOptions> options,
    TimeProvider time,
    ILogger<DispatchLoop> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await round.RunAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database; the round was rolled back.
                Log.Failed(logger, e);
                await Task.Delay(options.Value.PollInterval, time, stoppingToken);
            }

            await Task.Delay(options.Value.MinInterval, time, stoppingToken);
            await wakeUp.WaitAsync(options.Value.PollInterval, stoppingToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A dispatch round failed; the next one tries again")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
