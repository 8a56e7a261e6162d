using Microsoft.Extensions.Options;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.BatchWorker.Lines;
using Sluice.BatchWorker.Results;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// Runs the lines of one taken shard and commits their results. Holds no transaction while a line runs.
/// </summary>
internal sealed class ShardRunner(
    ShardInput input, PageWriterFactory writers, LineRunner runner, ByteBudget budget, IOptions<WorkerOptions> options)
{
    private static readonly LineResult InputGone = LineResult.Error(
        "input_unavailable", "The line could not be read: the input file is not there any more.");

    /// <summary>
    /// Returns when every line that was started has ended and every result is committed or refused. When it throws, the
    /// results so far are committed nevertheless.
    /// </summary>
    public async Task<PageEnd> RunAsync(ShardRun run, ShardRange range)
    {
        var committed = await input.CommittedAsync(range, run.Aborted);
        using var writer = writers.Create(run, committed.NextPage);
        var writing = writer.RunAsync();
        var isWhole = false;
        try
        {
            isWhole = await RunLinesAsync(run, range, committed, writer);
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

    private async Task<bool> RunLinesAsync(
        ShardRun run, ShardRange range, CommittedLines committed, PageWriter writer)
    {
        using var lines = new ShardLines(run, writer, runner, budget, options.Value.MaxConcurrentLines);
        try
        {
            var last = range.FirstLine - 1;
            try
            {
                await foreach (var line in input.LinesAsync(range, committed, run.Stopping))
                {
                    await lines.StartAsync(line);
                    last = line.Number;
                }
            }
            catch (EndOfStreamException)
            {
                await ReportMissingAsync(range, last, committed, writer);
            }
        }
        finally
        {
            await lines.FinishAsync();
        }

        return !lines.IsUnfinished;
    }

    /// <summary>Without its input a shard would be dispatched for ever; its lines fail instead.</summary>
    private static async Task ReportMissingAsync(
        ShardRange range, long last, CommittedLines committed, PageWriter writer)
    {
        for (var number = (int)last + 1; number < range.FirstLine + range.Lines; number++)
        {
            if (!committed.Lines.Contains(number))
            {
                await writer.AddAsync(new(number, "null"u8.ToArray(), range.ByteOffset, 0), InputGone);
            }
        }
    }
}
