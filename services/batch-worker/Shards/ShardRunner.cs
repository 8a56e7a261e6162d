using Microsoft.Extensions.Options;
using Sluice.BatchStore.Lines;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.BatchWorker.Lines;
using Sluice.BatchWorker.Results;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// Runs the lines of one taken shard and commits their results. Holds no transaction while a line runs.
/// </summary>
internal sealed class ShardRunner(
    ShardInput input,
    PageWriterFactory writers,
    ShardLinesFactory factory,
    ShardSplitter splitter,
    IOptions<WorkerOptions> options)
{
    private static readonly ReadOnlyMemory<byte> NoId = "null"u8.ToArray();

    private static readonly LineResult Failed = LineResult.Error(
        "shard_failed", "The line could not be run: every attempt ended with an internal error.");

    /// <summary>
    /// Returns when every line that was started has ended and every result is committed or refused. When it throws, the
    /// results so far are committed nevertheless.
    /// </summary>
    public async Task<PageEnd> RunAsync(ShardRun run, ShardRange range)
    {
        run.SliceAfter(options.Value.SliceFor);
        var committed = await input.CommittedAsync(range, run.Aborted);
        using var writer = writers.Create(run, committed.NextPage);
        var writing = writer.RunAsync();
        var isWhole = false;
        try
        {
            isWhole = range.Failures < options.Value.MaxShardFailures
                ? await RunLinesAsync(run, range, committed, writer)
                : await FailLinesAsync(run, range, committed, writer);
        }
        catch (OperationCanceledException) when (run.Stopping.IsCancellationRequested)
        {
            // The rest is handed back.
        }
        finally
        {
            writer.Complete(isWhole);
            await writing;
        }

        return await writing;
    }

    /// <summary>Whether every line of the shard, as it is at the end, has a result.</summary>
    private async Task<bool> RunLinesAsync(
        ShardRun run, ShardRange range, CommittedLines committed, PageWriter writer)
    {
        using var lines = factory.Create(run, writer);
        var isWhole = true;
        try
        {
            var (last, before) = (range.FirstLine - 1, 0);
            try
            {
                await foreach (var line in input.LinesAsync(range, run.Stopping))
                {
                    var cut = new ShardSplit(before, line.Offset - range.ByteOffset, line.Number);
                    if (!committed.Lines.Contains((int)line.Number) && !await lines.StartAsync(line, cut))
                    {
                        break;
                    }

                    last = line.Number;
                    before++;
                }

                isWhole = await SplitAsync(run, range, committed, lines);
            }
            catch (EndOfStreamException)
            {
                await AddAsync(writer, range, ShardInput.Unread(range, last, committed), ShardInput.Gone);

                // What was read before may still come back without a result.
                isWhole = (await lines.SettleAsync()).NotBegun.Count == 0;
            }
        }
        finally
        {
            await lines.FinishAsync();
        }

        return isWhole && !lines.IsUnfinished;
    }

    /// <summary>
    /// When the slice is over before each line has begun: cuts the shard before the first of those at its end that have
    /// not. Not before one that has, or that has a result, whose page belongs to this shard; what is left then goes
    /// back with it. Returns whether each line that is still the shard's has begun, or has a result.
    /// </summary>
    private async Task<bool> SplitAsync(ShardRun run, ShardRange range, CommittedLines committed, ShardLines lines)
    {
        var (notBegun, lastBegun) = await lines.SettleAsync();
        if (notBegun.Count == 0)
        {
            return true;
        }

        var at = notBegun.FirstOrDefault(cut => cut.NextLine > Math.Max(lastBegun, committed.Last));
        return at.Lines > 0 && await splitter.SplitAsync(run, range, at) && notBegun[0] == at;
    }

    /// <summary>
    /// Too many runs ended with an error. It may be the reading that fails: the run after that goes without.
    /// </summary>
    private async Task<bool> FailLinesAsync(
        ShardRun run, ShardRange range, CommittedLines committed, PageWriter writer)
    {
        if (range.Failures > options.Value.MaxShardFailures)
        {
            await AddAsync(writer, range, ShardInput.Unread(range, range.FirstLine - 1, committed), Failed);
            return true;
        }

        await foreach (var line in input.LinesAsync(range, run.Stopping))
        {
            if (!committed.Lines.Contains((int)line.Number))
            {
                _ = BatchRequest.TryParse(line.Bytes, out var request);
                await writer.AddAsync(LineOrigin.Of(line, request), Failed);
            }
        }

        return true;
    }

    private static async Task AddAsync(
        PageWriter writer, ShardRange range, IEnumerable<int> numbers, LineResult result)
    {
        foreach (var number in numbers)
        {
            await writer.AddAsync(new(number, NoId, range.ByteOffset, 0), result);
        }
    }
}
