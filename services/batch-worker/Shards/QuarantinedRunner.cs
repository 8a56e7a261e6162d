using Sluice.BatchStore.Lines;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.BatchWorker.Lines;
using Sluice.BatchWorker.Results;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// Runs a shard with which workers died: nothing beside it in the process, one line at a time, each recorded before it
/// starts and its result committed before the next is recorded. So a process that ends did so with one known line.
/// </summary>
internal sealed partial class QuarantinedRunner(
    RunningShards shards,
    ShardInput input,
    LineTrials trials,
    PageCommitter committer,
    ILogger<QuarantinedRunner> logger)
{
    private static readonly ReadOnlyMemory<byte> NoId = "null"u8.ToArray();

    /// <summary>Returns when the line in hand has ended and its result is committed or refused.</summary>
    public async Task<PageEnd> RunAsync(ShardRun run, ShardRange range)
    {
        Log.Quarantined(logger, run.Key.No, run.Key.BatchId, range.UncleanEnds);
        try
        {
            await shards.AloneAsync(run);
            trials.BeginSlice(run);
            var committed = await input.CommittedAsync(range, run.Aborted);
            return await RunLinesAsync(run, range, committed);
        }
        catch (OperationCanceledException) when (run.Sliced.IsCancellationRequested)
        {
            // The rest is handed back; no line is in hand.
            return PageEnd.Unfinished;
        }
    }

    private async Task<PageEnd> RunLinesAsync(ShardRun run, ShardRange range, CommittedLines committed)
    {
        var (buffer, page, last) = (new PageBuffer(), committed.NextPage, range.FirstLine - 1);
        try
        {
            await foreach (var line in input.LinesAsync(range, run.Sliced))
            {
                last = line.Number;
                if (committed.Lines.Contains((int)line.Number))
                {
                    continue;
                }

                _ = BatchRequest.TryParse(line.Bytes, out var request);
                if (await trials.RunAsync(run, range, line.Number, request) is not { } result)
                {
                    return run.Sliced.IsCancellationRequested || run.Parked is not null || run.Limited is not null
                        ? PageEnd.Unfinished
                        : PageEnd.Lost;
                }

                buffer.Clear();
                buffer.Add(run.Key.BatchId, LineOrigin.Of(line, request), result);
                if (!await committer.CommitAsync(run, buffer, page++, isLast: false))
                {
                    return PageEnd.Lost;
                }
            }

            buffer.Clear();
        }
        catch (EndOfStreamException)
        {
            buffer.Clear();
            foreach (var number in ShardInput.Unread(range, last, committed))
            {
                buffer.Add(run.Key.BatchId, new(number, NoId, range.ByteOffset, 0), ShardInput.Gone);
            }
        }

        return await committer.CommitAsync(run, buffer, page, isLast: true) ? PageEnd.Done : PageEnd.Lost;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning,
            "Shard {ShardNo} of batch {BatchId} runs in quarantine, one line at a time and nothing beside it: workers "
            + "died with it {Times} times")]
        public static partial void Quarantined(ILogger logger, int shardNo, Guid batchId, int times);
    }
}
