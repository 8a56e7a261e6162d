using Microsoft.Extensions.Options;
using Sluice.BatchWorker.Results;
using Sluice.BatchWorker.Telemetry;
using Sluice.Contracts.Shards;

namespace Sluice.BatchWorker.Shards;

/// <summary>Holds a taken shard from its first line to the end: runs it, and hands back what is left of it.</summary>
internal sealed partial class ShardHolder(
    RunningShards shards,
    ShardRunner runner,
    ShardReturns returns,
    WorkerTelemetry telemetry,
    IOptions<WorkerOptions> options)
{
    /// <summary>Completes when this process has let go of the shard; never fails.</summary>
    public async Task HoldAsync(TakenShard taken)
    {
        var run = taken.Run;
        var activity = telemetry.ShardStarted(taken.Range);
        var end = "failed";
        try
        {
            await using var lost = taken.Instance.Lost.Register(static r => ((ShardRun)r!).GiveUp(), run);
            run.StopAfter(options.Value.HoldFor);
            end = await RunAsync(taken);
        }
        finally
        {
            shards.Remove(run);
            telemetry.ShardEnded(activity, end);
        }
    }

    private async Task<string> RunAsync(TakenShard taken)
    {
        try
        {
            switch (await runner.RunAsync(taken.Run, taken.Range))
            {
                case PageEnd.Done:
                    returns.Announce(taken.Run);
                    return "done";
                case PageEnd.Unfinished:
                    await returns.HandBackAsync(taken.Run);
                    return "handed_back";
                default:
                    await returns.CheckInstanceAsync(taken.Run);
                    return "lost";
            }
        }
        catch (Exception exception)
        {
            // The boundary of a shard: whatever went wrong, the shard goes back and the process goes on.
            await returns.HandBackAsync(taken.Run, exception, taken.Range.Attempt);
            return "failed";
        }
    }
}
