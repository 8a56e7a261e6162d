using System.Diagnostics;
using Microsoft.Extensions.Options;
using Sluice.BatchStore.Shards;
using Sluice.Contracts.Batches;
using Sluice.Contracts.Shards;
using Sluice.Durability.Instances;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Hosting;
using Sluice.Scheduler.Telemetry;

namespace Sluice.Scheduler.Dispatch;

/// <summary>
/// One round: fill the window with shards of the active batches, and report the batches that have no open shard. Shards
/// and messages change in one transaction, under a lock that lets one scheduler at a time do it. Not thread-safe.
/// </summary>
internal sealed class DispatchRound(
    SchedulerTransactions transactions, IInstanceWatch watch, IOptions<DispatchOptions> options, TimeProvider time)
{
    // When this process last reported a batch; an entry lives as long as the batch is in progress.
    private readonly Dictionary<Guid, long> _reported = [];

    /// <summary>Returns how many shards were dispatched; 0 also when another scheduler holds the lock.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await using var round = await transactions.BeginAsync(cancellationToken);
        if (!await DispatchTable.TryLockAsync(round.Connection, cancellationToken))
        {
            return 0;
        }

        var load = await DispatchTable.LoadAsync(round.Connection, watch.Alive, cancellationToken);
        var window = load.Window(options.Value);
        var candidates = await DispatchTable.CandidatesAsync(
            round.Connection, window, options.Value.MaxBatches, options.Value.ParkedProbeEvery, cancellationToken);
        if (candidates.Count == 0)
        {
            _reported.Clear();
            return 0;
        }

        var ended = await ReportEndedAsync(round, candidates, cancellationToken);
        var shards = load.Workers == 0 ? 0 : await DispatchAsync(round, candidates, window, cancellationToken);
        if (ended + shards > 0)
        {
            await round.CommitAsync(cancellationToken);
            SchedulerMetrics.RoundEnded(shards, Stopwatch.GetElapsedTime(started));
        }

        return shards;
    }

    private static async Task<int> DispatchAsync(
        SchedulerTransaction round, IReadOnlyList<DispatchCandidate> candidates, int window,
        CancellationToken cancellationToken)
    {
        var places = window - candidates.Sum(c => c.Outstanding);
        var dispatched = 0;
        var traceParents = candidates.ToDictionary(c => c.BatchId, c => c.TraceParent);
        foreach (var grant in DispatchOrder.Plan(candidates, places))
        {
            using var activity = SchedulerActivities.ShardsDispatched(
                grant.BatchId, grant.Shards, traceParents[grant.BatchId]);
            var claimed = await ShardTable.ClaimReadyAsync(
                round.Connection, grant.BatchId, grant.Shards, cancellationToken);
            foreach (var shard in claimed)
            {
                await round.SendAsync(
                    Queues.Shards,
                    new RunShard { BatchId = shard.BatchId, ShardNo = shard.No, Epoch = shard.Epoch },
                    cancellationToken);
            }

            dispatched += claimed.Count;
        }

        return dispatched;
    }

    /// <summary>
    /// The saga decides; that the same batch is seen a few more times until it has is harmless and bounded.
    /// </summary>
    private async Task<int> ReportEndedAsync(
        SchedulerTransaction round, IReadOnlyList<DispatchCandidate> candidates, CancellationToken cancellationToken)
    {
        var ended = 0;
        foreach (var batch in candidates.Where(c => c.Ready + c.Outstanding + c.PutOff == 0))
        {
            if (_reported.TryGetValue(batch.BatchId, out var at) && time.GetElapsedTime(at) < options.Value.RepeatAfter)
            {
                continue;
            }

            _reported[batch.BatchId] = time.GetTimestamp();
            using var activity = SchedulerActivities.EndReported(batch.BatchId, batch.TraceParent);
            await round.PublishAsync(new AllShardsDone { BatchId = batch.BatchId }, cancellationToken);
            ended++;
        }

        return ended;
    }
}
