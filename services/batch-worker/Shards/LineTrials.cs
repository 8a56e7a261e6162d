using Microsoft.Extensions.Options;
using Sluice.BatchStore.Lines;
using Sluice.BatchStore.Shards;
using Sluice.BatchWorker.Lines;
using Sluice.Durability.Postgres;

namespace Sluice.BatchWorker.Shards;

/// <summary>Runs single lines of quarantined shards, each recorded before. Thread-safe.</summary>
internal sealed partial class LineTrials(
    ShardLeases leases,
    LineRunner runner,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<LineTrials> logger)
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(250);

    public void BeginSlice(ShardRun run) => run.SliceAfter(options.Value.SliceFor);

    /// <summary>
    /// The line's result, without running it if the process ended with it too often; null when the shard is not ours
    /// any more or stops, or its slice is over before the line has begun.
    /// </summary>
    public async ValueTask<LineResult?> RunAsync(ShardRun run, ShardRange range, long line, BatchRequest request)
    {
        if (line == range.TrialLine && range.TrialEnds >= options.Value.MaxLineCrashes)
        {
            Log.Crashed(logger, line, run.Key.BatchId, range.TrialEnds);
            return LineResult.Error(
                "line_crashed_worker",
                $"The worker's process ended {range.TrialEnds} times while it ran this line and nothing else.") with
            {
                Attempts = range.TrialEnds,
            };
        }

        return await RecordAsync(run, line) ? await runner.RunAsync(run, new(line), request) : null;
    }

    /// <summary>Tries through an outage of the database, until the shard stops.</summary>
    private async Task<bool> RecordAsync(ShardRun run, long line)
    {
        while (!run.Stopping.IsCancellationRequested)
        {
            try
            {
                return await leases.TryLineAsync(run.Lease, line, run.Stopping);
            }
            catch (Exception exception) when (DatabaseErrors.IsTransient(exception))
            {
                await Task.Delay(RetryEvery, time, run.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error,
            "Line {Line} of batch {BatchId} is a dead letter: the process ended with it {Times} times")]
        public static partial void Crashed(ILogger logger, long line, Guid batchId, int times);
    }
}
