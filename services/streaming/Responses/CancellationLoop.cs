using Microsoft.Extensions.Options;
using Sluice.Durability.Instances;

namespace Sluice.Streaming.Responses;

/// <summary>Looks for cancellations that were asked for elsewhere as often as instances look at each other.</summary>
internal sealed partial class CancellationLoop(
    ResponseCancellation cancellation,
    IInstances instances,
    IOptions<InstanceOptions> options,
    TimeProvider time,
    ILogger<CancellationLoop> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RenewEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await cancellation.RunAsync(instances.Current.Id, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database; the wish stays there.
                Log.Failed(logger, exception.Message);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Looking for cancellations failed: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
