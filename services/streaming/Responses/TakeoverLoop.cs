using Sluice.Durability.Instances;
using Sluice.Streaming.Admission;

namespace Sluice.Streaming.Responses;

/// <summary>Looks for responses that have no living owner, until the process drains.</summary>
internal sealed partial class TakeoverLoop(
    Takeover takeover,
    TakeoverPace pace,
    IInstanceWatch watch,
    ActiveResponses active,
    ILogger<TakeoverLoop> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var isFailing = false; ;)
        {
            await pace.WaitAsync(stoppingToken);
            if (active.IsDraining)
            {
                return;
            }

            try
            {
                if (await pace.IsDueAsync(stoppingToken)
                    && await takeover.RunAsync(watch.Dead, stoppingToken) is var count && count != default)
                {
                    Log.TakenOver(logger, count.Continued, count.Ended);
                }

                isFailing = false;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database, and an owner whose commit in flight holds its row.
                // One line for each outage: it is looked ten times a second.
                if (!isFailing)
                {
                    Log.Failed(logger, exception.Message);
                }

                isFailing = true;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            1, LogLevel.Warning, "Took over responses of other instances: {Continued} go on here, {Ended} ended")]
        public static partial void TakenOver(ILogger logger, int continued, int ended);

        [LoggerMessage(2, LogLevel.Warning, "Looking for responses without an owner failed, trying on: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
