using Sluice.Durability.Instances;

namespace Sluice.Streaming.Log;

/// <summary>Empties this instance's journal behind what is in the rows of responses, once a second.</summary>
internal sealed partial class JournalLoop(
    JournalTable journal,
    GroupCommitter committer,
    IInstances instances,
    LogBounds bounds,
    ILogger<JournalLoop> logger) : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Round, bounds.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await journal.RemoveAsync(instances.Current.Id, committer.WrittenBefore(), stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database; nothing is lost by doing this later.
                Log.Failed(logger, exception.Message);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The journal was not emptied; the next round tries again: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
