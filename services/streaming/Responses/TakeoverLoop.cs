using Microsoft.Extensions.Options;
using Sluice.Durability.Instances;

namespace Sluice.Streaming.Responses;

/// <summary>Looks for responses of dead instances as often as instances look at each other.</summary>
internal sealed partial class TakeoverLoop(
    Takeover takeover,
    IInstanceWatch watch,
    IOptions<InstanceOptions> options,
    TimeProvider time,
    ILogger<TakeoverLoop> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RenewEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await takeover.RunAsync(watch.Dead, stoppingToken) is > 0 and var count)
                {
                    Log.TakenOver(logger, count);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database, and an owner whose commit in flight holds its row.
                Log.Failed(logger, exception.Message);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Ended {Count} responses whose instance died")]
        public static partial void TakenOver(ILogger logger, int count);

        [LoggerMessage(2, LogLevel.Warning, "Looking for responses of dead instances failed: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
