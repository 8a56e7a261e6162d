using Sluice.BatchStore.Shards;
using Sluice.Durability.Instances;
using Sluice.Durability.Postgres;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// What is done with a shard at its end, so that the scheduler can go on with it at once. Thread-safe.
/// </summary>
internal sealed partial class ShardReturns(
    ShardLeases leases,
    IInstances instances,
    ShardEndedNotices notices,
    TimeProvider time,
    ILogger<ShardReturns> logger)
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPenalty = TimeSpan.FromSeconds(30);

    /// <summary>Hints to the scheduler that there is something to dispatch or to finalize.</summary>
    public void Announce(ShardRun run) => notices.Add(run.Key);

    /// <summary>Running → Ready. Tries through an outage of the database, until the shard is given up.</summary>
    public async Task HandBackAsync(ShardRun run)
    {
        while (!run.GivenUp.IsCancellationRequested)
        {
            try
            {
                if (await leases.ReleaseAsync(run.Lease, run.GivenUp))
                {
                    Log.HandedBack(logger, run.Key.No, run.Key.BatchId);
                    Announce(run);
                }

                return;
            }
            catch (Exception exception) when (DatabaseErrors.IsTransient(exception))
            {
                await Task.Delay(RetryEvery, time, run.GivenUp).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                // Given up meanwhile: the shard is dispatched again when this instance is observed dead or fenced.
            }
        }
    }

    /// <summary>Hands back after an error, later and later, so that a shard that always fails does not spin.</summary>
    public async Task HandBackAsync(ShardRun run, Exception exception, int attempt)
    {
        Log.Failed(logger, exception, run.Key.No, run.Key.BatchId, attempt);
        var penalty = TimeSpan.FromSeconds(Math.Pow(2, Math.Clamp(attempt - 1, 0, 10)));
        penalty = penalty < LongestPenalty ? penalty : LongestPenalty;
        await Task.Delay(penalty, time, run.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await HandBackAsync(run);
    }

    /// <summary>A page was refused: finds out whether it was the shard or the whole instance that was lost.</summary>
    public async Task CheckInstanceAsync(ShardRun run)
    {
        Log.Lost(logger, run.Key.No, run.Key.BatchId);
        try
        {
            await instances.CheckAsync(CancellationToken.None);
        }
        catch (Exception exception) when (DatabaseErrors.IsTransient(exception))
        {
            // The next renewal finds out.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Shard {ShardNo} of batch {BatchId} was handed back unfinished")]
        public static partial void HandedBack(ILogger logger, int shardNo, Guid batchId);

        [LoggerMessage(2, LogLevel.Error, "Shard {ShardNo} of batch {BatchId} failed in attempt {Attempt}")]
        public static partial void Failed(ILogger logger, Exception exception, int shardNo, Guid batchId, int attempt);

        [LoggerMessage(3, LogLevel.Information, "Shard {ShardNo} of batch {BatchId} was closed or taken over")]
        public static partial void Lost(ILogger logger, int shardNo, Guid batchId);
    }
}
