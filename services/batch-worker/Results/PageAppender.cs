using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.BatchWorker.Shards;
using Sluice.Durability.Postgres;

namespace Sluice.BatchWorker.Results;

/// <summary>
/// Appends a page through outages of the database: results in hand are kept and written once it is back, since nobody
/// can take a shard over meanwhile. Thread-safe.
/// </summary>
internal sealed partial class PageAppender(
    ResultPages pages, ShardLeases leases, TimeProvider time, ILogger<PageAppender> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>False when the shard is not ours any more, or was given up; the page is not written then.</summary>
    public async Task<bool> AppendAsync(ShardRun run, ResultPage page)
    {
        var isUnknown = false;
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                if (isUnknown)
                {
                    var (lease, committed) = await leases.RecoverAsync(run.Lease, page.No, CancellationToken.None);
                    run.Lease = lease ?? run.Lease;
                    if (committed || lease is null)
                    {
                        return committed;
                    }
                }

                // Not cancelled by the loss of the shard: that may be the news of this very commit.
                return await pages.AppendAsync(run.Lease, page, CancellationToken.None);
            }
            catch (Exception exception) when (DatabaseErrors.IsTransient(exception))
            {
                isUnknown = true;
                Log.AppendFailed(logger, run.Key.No, run.Key.BatchId, exception.Message);
            }

            if (run.GivenUp.IsCancellationRequested)
            {
                return false;
            }

            await Task.Delay(pause, time, run.GivenUp).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning,
            "A page of shard {ShardNo} of batch {BatchId} could not be written and is tried again: {Reason}")]
        public static partial void AppendFailed(ILogger logger, int shardNo, Guid batchId, string reason);
    }
}
