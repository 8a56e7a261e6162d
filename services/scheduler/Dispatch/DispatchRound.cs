using System.Diagnostics;
using Microsoft.Extensions.Options;
using Sluice.BatchStore.Shards;
using Sluice.Contracts.Batches;
using Sluice.Contracts.Shards;
using Sluice.Durability.Instances;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Telemetry;

namespace Sluice.Scheduler.Dispatch;

/// <summary>
/// One round: fill the window with shards of the active batches, and report the batches that have no open shard. Shards
/// and messages change in one transaction, under a lock that lets one scheduler at a time do it. Not thread-safe.
/// </summary>
internal sealed class DispatchRound(
    SchedulerTransactions transactions, IInstanceWatch watch, DispatchOrder order, IOptions<DispatchOptions> options,
    TimeProvider time)
{
    // When this process last reported a batch; an entry lives until the batch may be reported again.
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

        var ended = await ReportEndedAsync(round, cancellationToken);
        var load = await DispatchTable.LoadAsync(round.Connection, watch.Alive, cancellationToken);
        var shards = load.Workers == 0
            ? 0
            : await DispatchAsync(round, load.Window(options.Value), time.GetUtcNow(), cancellationToken);
        if (ended + shards > 0)
        {
            await round.CommitAsync(cancellationToken, faultPoint: "dispatch.beforeCommit");
            SchedulerMetrics.RoundEnded(shards, Stopwatch.GetElapsedTime(started));
        }

        return shards;
    }

    private async Task<int> DispatchAsync(
        SchedulerTransaction round, int window, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var candidates = await DispatchTable.CandidatesAsync(
            round.Connection, window, now, options.Value, cancellationToken);
        if (candidates.Count == 0)
        {
            return 0;
        }

        var outstanding = await DispatchTable.OutstandingAsync(round.Connection, cancellationToken);
        var grants = order.Plan(candidates, new(window, outstanding), now);
        if (grants.Count == 0)
        {
            return 0;
        }

        var batches = candidates.ToDictionary(c => c.BatchId);
        var claimed = new Dictionary<Guid, Queue<DispatchedShard>>();
        foreach (var batch in grants.GroupBy(g => (g.BatchId, g.Class)))
        {
            claimed[batch.Key.BatchId] = new(await ShardTable.ClaimReadyAsync(
                round.Connection, batch.Key.BatchId, batch.Sum(g => g.Shards), batch.Key.Class, cancellationToken));
        }

        var dispatched = 0;
        foreach (var grant in grants)
        {
            using var activity = SchedulerActivities.ShardsDispatched(
                grant.BatchId, grant.Shards, batches[grant.BatchId].TraceParent);
            for (var turn = 0; turn < grant.Shards && claimed[grant.BatchId].TryDequeue(out var shard); turn++)
            {
                await SendAsync(round, shard, grant.Class, cancellationToken);
                dispatched++;
            }
        }

        await DispatchTable.ServedAsync(
            round.Connection,
            [.. claimed.Keys.Select(id => (id, batches[id].WaitedAt(now, options.Value.AgeingStep)))],
            now,
            cancellationToken);
        return dispatched;
    }

    private static Task SendAsync(
        SchedulerTransaction round, DispatchedShard shard, ShardClass shardClass,
        CancellationToken cancellationToken) =>
        round.SendAsync(
            shardClass.Queue(),
            new RunShard
            {
                BatchId = shard.BatchId,
                ShardNo = shard.No,
                Epoch = shard.Epoch,
                Class = (int)shardClass,
            },
            cancellationToken);

    /// <summary>
    /// The saga decides; that the same batch is seen a few more times until it has is harmless and bounded.
    /// </summary>
    private async Task<int> ReportEndedAsync(SchedulerTransaction round, CancellationToken cancellationToken)
    {
        foreach (var (batch, at) in _reported)
        {
            if (time.GetElapsedTime(at) >= options.Value.RepeatAfter)
            {
                _reported.Remove(batch);
            }
        }

        var ended = await DispatchTable.EndedAsync(
            round.Connection, _reported.Keys, options.Value.MaxBatches, cancellationToken);
        foreach (var batch in ended)
        {
            _reported[batch.BatchId] = time.GetTimestamp();
            using var activity = SchedulerActivities.EndReported(batch.BatchId, batch.TraceParent);
            await round.PublishAsync(new AllShardsDone { BatchId = batch.BatchId }, cancellationToken);
        }

        return ended.Count;
    }
}
