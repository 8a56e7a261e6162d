using Microsoft.Extensions.Options;

namespace Sluice.Scheduler.Forecasts;

/// <summary>Runs forecasts at intervals, which grow with the time that one takes.</summary>
internal sealed partial class ForecastLoop(
    ForecastRound round,
    SampledModels models,
    IOptions<ForecastOptions> options,
    TimeProvider time,
    ILogger<ForecastLoop> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var begun = time.GetTimestamp();
            try
            {
                // Before the transaction of the round, which is to be short.
                await models.RefreshAsync(stoppingToken);
                await round.RunAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database; the next round tries again.
                Log.Failed(logger, e);
            }

            await Task.Delay(options.Value.BreakAfter(time.GetElapsedTime(begun)), time, stoppingToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A forecast failed; the next one tries again")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
