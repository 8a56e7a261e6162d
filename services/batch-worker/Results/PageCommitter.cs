using Sluice.BatchWorker.Shards;
using Sluice.BatchWorker.Telemetry;
using Sluice.Durability.Faults;

namespace Sluice.BatchWorker.Results;

/// <summary>Commits a buffer as a page and tells what became of it. Thread-safe.</summary>
internal sealed partial class PageCommitter(
    PageAppender appender, IFaultPoints faults, WorkerTelemetry telemetry, ILogger<PageCommitter> logger)
{
    /// <summary>False when the shard is not ours any more; nothing was written then.</summary>
    public async Task<bool> CommitAsync(ShardRun run, PageBuffer buffer, int pageNo, bool isLast)
    {
        await faults.ReachAsync("worker.beforeAppend", run.GivenUp);
        var isCommitted = await appender.AppendAsync(run, buffer.ToPage(pageNo, isLast));
        await faults.ReachAsync("worker.afterAppend", run.GivenUp);
        if (isCommitted)
        {
            telemetry.PageCommitted(buffer.Completed, buffer.Failed);
            telemetry.LettersWritten(buffer.Causes);
        }
        else
        {
            telemetry.PageRefused();
            Log.PageRefused(logger, run.Key.No, run.Key.BatchId, buffer.Lines);
        }

        return isCommitted;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning,
            "A page of shard {ShardNo} of batch {BatchId} was refused, its {Lines} results are dropped: the shard was "
            + "closed or taken over")]
        public static partial void PageRefused(ILogger logger, int shardNo, Guid batchId, int lines);
    }
}
