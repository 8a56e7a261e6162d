using Microsoft.Extensions.Options;
using Sluice.Durability.Instances;
using Sluice.Streaming.Admission;

namespace Sluice.Streaming.Responses;

/// <summary>
/// Looks for responses that have no living owner as often as instances look at each other, until the process drains.
/// </summary>
internal sealed partial class TakeoverLoop(
    Takeover takeover,
    IInstanceWatch watch,
    ActiveResponses active,
    IOptions<InstanceOptions> options,
    ILogger<TakeoverLoop> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RenewEvery);
        while (await timer.WaitForNextTickAsync(stoppingToken) && !active.IsDraining)
        {
            try
            {
                if (await takeover.RunAsync(watch.Dead, stoppingToken) is var count && count != default)
                {
                    Log.TakenOver(logger, count.Continued, count.Ended);
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
        [LoggerMessage(
            1, LogLevel.Warning, "Took over responses of other instances: {Continued} go on here, {Ended} ended")]
        public static partial void TakenOver(ILogger logger, int continued, int ended);

        [LoggerMessage(2, LogLevel.Warning, "Looking for responses of dead instances failed: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
