using Microsoft.Extensions.Options;
using Npgsql;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>
/// Goes on with replays that have more to do: begun by a request, at any scheduler, also one that is gone by now.
/// </summary>
internal sealed partial class ReplayLoop(
    NpgsqlDataSource dataSource,
    ReplayStep step,
    IOptions<DeadLetterOptions> options,
    TimeProvider time,
    ILogger<ReplayLoop> logger) : BackgroundService
{
    /// <summary>
    /// How long a step keeps others from doing the same in vain. Whether it is over decides nothing: letters are marked
    /// once.
    /// </summary>
    public static readonly TimeSpan StepTime = TimeSpan.FromSeconds(30);

    /// <summary>Does one step, and returns how long to wait before the next one; null after the last.</summary>
    public async Task<TimeSpan?> StepAsync(ReplayRow replay, CancellationToken cancellationToken)
    {
        var wait = await step.RunAsync(replay, cancellationToken);
        if (wait is { } pause)
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await ReplayTable.PutOffAsync(connection, replay.Id, time.GetUtcNow() + pause, cancellationToken);
        }

        return wait;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.ReplayInterval, time);
        do
        {
            try
            {
                while (await TakeAsync(stoppingToken) is { } replay)
                {
                    await StepAsync(replay, stoppingToken);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database; the step is done again when its time is over.
                Log.Failed(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<ReplayRow?> TakeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var now = time.GetUtcNow();
        return await ReplayTable.TakeDueAsync(connection, now, now + StepTime, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A step of a replay of dead letters failed; it is done again")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
