using Microsoft.Extensions.Options;

namespace Sluice.Scheduler.DeadLetters.Intake;

/// <summary>Looks for messages that the outbox gave up.</summary>
internal sealed partial class RefusedMessageLoop(
    RefusedMessages refused, IOptions<DeadLetterOptions> options, ILogger<RefusedMessageLoop> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.IntakeInterval);
        do
        {
            try
            {
                await refused.MoveAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database; nothing was moved.
                Log.Failed(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "What the outbox gave up could not be moved; the next look tries again")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
