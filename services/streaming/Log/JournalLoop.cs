using Npgsql;
using Sluice.Durability.Instances;
using Sluice.Streaming.Data;

namespace Sluice.Streaming.Log;

/// <summary>Empties this instance's journal behind what is in the rows of responses, once a second.</summary>
internal sealed partial class JournalLoop(
    NpgsqlDataSource dataSource,
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
                await RemoveAsync(instances.Current.Id, committer.WrittenBefore(), stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database; nothing is lost by doing this later.
                Log.Failed(logger, exception.Message);
            }
        }
    }

    private async Task RemoveAsync(Guid instance, long before, CancellationToken cancellation)
    {
        // Once fenced it is the taker's: responses that were lost here may have nothing else, and count no more.
        await using var command = dataSource.CreateCommand(
            $"""
             WITH me AS MATERIALIZED (
                 SELECT 1 FROM {StreamingSchema.Name}.instances WHERE id = $1 AND NOT fenced FOR SHARE)
             DELETE FROM {StreamingSchema.Name}.response_journal
             WHERE instance = $1 AND no < $2 AND EXISTS (SELECT FROM me)
             """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = instance });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = before });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The journal was not emptied; the next round tries again: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
