using Microsoft.Extensions.Options;
using Sluice.BatchWorker.Results;
using Sluice.BatchWorker.Telemetry;

namespace Sluice.BatchWorker.Shards;

/// <summary>Holds a taken shard from its first line to the end: runs it, and hands back what is left of it.</summary>
internal sealed class ShardHolder(
    ShardRunner runner,
    QuarantinedRunner quarantine,
    ShardReturns returns,
    WorkerTelemetry telemetry,
    IOptions<WorkerOptions> options)
{
    /// <summary>
    /// Completes when this process has let go of the shard, or when a time slice has passed; then the shard goes on.
    /// </summary>
    /// <exception cref="OperationCanceledException">The delivery is lost; the shard goes on.</exception>
    public async Task HoldAsync(TakenShard taken, CancellationToken cancellationToken)
    {
        var held = HoldAsync(taken);
        await held.WaitAsync(options.Value.SliceFor, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task HoldAsync(TakenShard taken)
    {
        var run = taken.Run;
        var activity = telemetry.ShardStarted(taken.Range);
        var end = "failed";
        try
        {
            await using var lost = taken.Instance.Lost.Register(static r => ((ShardRun)r!).GiveUp(), run);
            end = await RunAsync(taken);
        }
        finally
        {
            returns.LetGo(run);
            telemetry.ShardEnded(activity, end);
        }
    }

    private async Task<string> RunAsync(TakenShard taken)
    {
        var (run, range) = (taken.Run, taken.Range);
        try
        {
            var end = range.UncleanEnds < options.Value.QuarantineAfter
                ? await runner.RunAsync(run, range)
                : await quarantine.RunAsync(run, range);
            switch (end)
            {
                case PageEnd.Done:
                    returns.Announce(run);
                    return "done";
                case PageEnd.Unfinished:
                    await returns.HandBackAsync(run);
                    return "handed_back";
                default:
                    await returns.CheckInstanceAsync(run);
                    return "lost";
            }
        }
        catch (Exception exception)
        {
            // The boundary of a shard: whatever went wrong, the shard goes back and the process goes on.
            await returns.HandBackAsync(run, exception, range);
            return "failed";
        }
    }
}
