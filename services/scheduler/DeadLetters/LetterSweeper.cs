using Microsoft.Extensions.Options;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>Runs the sweeps of the dead letters.</summary>
internal sealed partial class LetterSweeper(
    LetterSweep sweep, IOptions<DeadLetterOptions> options, TimeProvider time, ILogger<LetterSweeper> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepInterval, time);
        do
        {
            try
            {
                await sweep.RunAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database.
                Log.Failed(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A sweep of the dead letters failed; the next one tries again")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
