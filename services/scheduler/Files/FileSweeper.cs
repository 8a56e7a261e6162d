using Microsoft.Extensions.Options;
using Sluice.Scheduler.Batches.Creating;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Files;

/// <summary>Runs the sweeps: at intervals, and soon after a deletion.</summary>
internal sealed partial class FileSweeper(
    FileSweep files,
    CreationSweep creations,
    WakeUp<FileSweeper> wakeUp,
    IOptions<FilesOptions> options,
    ILogger<FileSweeper> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await files.RunAsync(stoppingToken))
                {
                }

                await creations.RunAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database, and whatever one file provokes.
                Log.Failed(logger, e);
            }

            await wakeUp.WaitAsync(options.Value.SweepInterval, stoppingToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A sweep of files failed; the next one tries again")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
