using Npgsql;
using Sluice.BatchStore.Shards;
using Sluice.Durability.Postgres;

namespace Sluice.BatchWorker.Shards;

/// <summary>Makes the lines that a shard has not begun a shard of their own. Thread-safe.</summary>
internal sealed partial class ShardSplitter(ShardLeases leases, TimeProvider time, ILogger<ShardSplitter> logger)
{
    // Slices of shards that were taken together end together, and each split takes the batch's next number.
    private const int Tries = 20;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Whether the shard ends before <see cref="ShardSplit.NextLine"/> now. If not, its rest is handed back with it.
    /// </summary>
    public async Task<bool> SplitAsync(ShardRun run, ShardRange range, ShardSplit at)
    {
        for (var tried = 0; tried < Tries && !run.Stopping.IsCancellationRequested; tried++)
        {
            try
            {
                if (await leases.SplitAsync(run.Lease, range, at, run.Stopping))
                {
                    Log.Split(logger, run.Key.No, run.Key.BatchId, range.Lines - at.Lines);
                    return true;
                }
            }
            catch (Exception exception) when (IsWorthAnother(exception))
            {
                Log.NotSplit(logger, run.Key.No, run.Key.BatchId, exception.Message);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            // Refused: a statement whose answer was lost has split it, a page moved the epoch on, or it is lost.
            await Task.Delay(LongestPause * Random.Shared.NextDouble(), time, run.Stopping)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return false;
    }

    /// <summary>Besides outages: another shard of the batch took the number.</summary>
    private static bool IsWorthAnother(Exception exception) =>
        DatabaseErrors.IsTransient(exception)
        || exception is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information,
            "The time slice of shard {ShardNo} of batch {BatchId} is over; {Lines} lines became a shard of their own")]
        public static partial void Split(ILogger logger, int shardNo, Guid batchId, int lines);

        [LoggerMessage(2, LogLevel.Information, "Shard {ShardNo} of batch {BatchId} could not be split: {Reason}")]
        public static partial void NotSplit(ILogger logger, int shardNo, Guid batchId, string reason);
    }
}
