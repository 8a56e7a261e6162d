using Sluice.BatchStore.Shards;
using Sluice.Durability.Instances;
using Sluice.Durability.Postgres;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// What is done with a shard at its end, so that the scheduler can go on with it at once. Thread-safe.
/// </summary>
internal sealed partial class ShardReturns(
    RunningShards shards,
    ShardLeases leases,
    IInstances instances,
    ShardEndedNotices notices,
    ILogger<ShardReturns> logger)
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPenalty = TimeSpan.FromSeconds(30);

    /// <summary>Hints to the scheduler that there is something to dispatch or to finalize.</summary>
    public void Announce(ShardRun run) => notices.Add(run.Key);

    /// <summary>It is not in hand any more.</summary>
    public void LetGo(ShardRun run) => shards.Remove(run);

    /// <summary>
    /// Running → Ready, unfinished. Put off by a provider, so that not all of them come back in the same moment.
    /// </summary>
    public Task HandBackAsync(ShardRun run) => HandBackAsync(run, (run.Parked, run.Limited) switch
    {
        ({ } park, var limited) => new ShardReturn(park.Cause)
        {
            After = Spread(park.Rest),
            ParkedBy = park.Provider,
            IsLimited = limited is not null,
            OwnsErrors = park.Cause == ShardReturn.Errors && run.IsLastErrorPark,
        },

        // Parked by nobody: the provider answers others, and other shards of the batch go on.
        (null, { } limited) => new ShardReturn(limited.Cause) { After = Spread(limited.Rest), IsLimited = true },
        _ => new ShardReturn(
            run.IsPaused ? ShardReturn.Paused : shards.IsDraining ? "worker_draining" : "time_slice"),
    });

    /// <summary>
    /// Hands back after an error, to come again later and later, so that a shard that always fails does not spin. An
    /// outage of the database is not the shard's failure.
    /// </summary>
    public Task HandBackAsync(ShardRun run, Exception exception, ShardRange range)
    {
        Log.Failed(logger, exception, run.Key.No, run.Key.BatchId, range.Attempt);
        var penalty = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(range.Failures, 10)));
        return HandBackAsync(run, new ShardReturn($"error: {exception.GetType().Name}: {exception.Message}")
        {
            After = penalty < LongestPenalty ? penalty : LongestPenalty,
            IsFailure = !DatabaseErrors.IsTransient(exception),
        });
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

    private static TimeSpan Spread(TimeSpan rest) => rest * (1 + (0.2 * Random.Shared.NextDouble()));

    /// <summary>Tries through an outage of the database, until the shard is given up.</summary>
    private async Task HandBackAsync(ShardRun run, ShardReturn back)
    {
        while (!run.GivenUp.IsCancellationRequested)
        {
            try
            {
                if (await leases.ReleaseAsync(run.Lease, back, run.GivenUp))
                {
                    Log.HandedBack(logger, run.Key.No, run.Key.BatchId, back.Cause);
                    Announce(run);
                }

                return;
            }
            catch (Exception exception) when (DatabaseErrors.IsTransient(exception))
            {
                await Task.Delay(RetryEvery, run.GivenUp).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                // Given up meanwhile: the shard is dispatched again when this instance is observed dead or fenced.
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Shard {ShardNo} of batch {BatchId} was handed back: {Cause}")]
        public static partial void HandedBack(ILogger logger, int shardNo, Guid batchId, string cause);

        [LoggerMessage(2, LogLevel.Error, "Shard {ShardNo} of batch {BatchId} failed in attempt {Attempt}")]
        public static partial void Failed(ILogger logger, Exception exception, int shardNo, Guid batchId, int attempt);

        [LoggerMessage(3, LogLevel.Information, "Shard {ShardNo} of batch {BatchId} was closed or taken over")]
        public static partial void Lost(ILogger logger, int shardNo, Guid batchId);
    }
}
