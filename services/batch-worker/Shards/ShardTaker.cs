using Microsoft.Extensions.Options;
using Sluice.BatchStore.Shards;
using Sluice.BatchWorker.Flow;
using Sluice.Contracts.Shards;
using Sluice.Durability.Instances;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// Turns a <see cref="RunShard"/> into a shard in hand, or finds out that there is nothing to do. Thread-safe.
/// </summary>
internal sealed partial class ShardTaker(
    RunningShards shards,
    ShardLeases leases,
    IInstances instances,
    IOptions<FlowOptions> flow,
    ILogger<ShardTaker> logger)
{
    /// <summary>The taken shard; null when the message needs nothing but its acknowledgement.</summary>
    public async Task<TakenShard?> TakeAsync(RunShard message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        var key = new ShardKey(message.BatchId, message.ShardNo);
        while (true)
        {
            var instance = instances.Current;
            var run = new ShardRun(
                new(key, message.Epoch, instance.Id), ShardClasses.Of(message.Class));
            var registered = await shards.AddAsync(run, cancellationToken);
            if (registered is null)
            {
                // No delivery is held for long: another worker may be free.
                await leases.DeclineAsync(run.Lease, "worker_busy", cancellationToken);
                return null;
            }

            if (!ReferenceEquals(registered, run))
            {
                if (message.Epoch <= registered.Lease.Epoch)
                {
                    // The broker delivered the message of a shard in hand again.
                    return null;
                }

                // Taken from us and dispatched to us again, before we heard of it.
                registered.GiveUp();
                await registered.Ended.WaitAsync(cancellationToken);
                continue;
            }

            var (outcome, range) = await TakeAsync(run, cancellationToken);
            switch (outcome)
            {
                case TakeOutcome.Taken:
                    run.MayPark = range!.Parks < flow.Value.MaxParks;
                    run.LimitedRuns = range.LimitedRuns;
                    run.MayWaitForLimits = run.MayPark && range.LimitedRuns < flow.Value.MaxLimitedRuns;
                    run.OwnsErrors = range.OwnsErrors;
                    run.IsLastErrorPark = range.ErrorParks + 1 >= flow.Value.MaxErrorParks;
                    run.ComesBackFrom(range.BackFrom);
                    return new(run, range, instance);
                case TakeOutcome.Fenced:
                    // Replaces the incarnation, so that the next round takes as the new one.
                    await instances.CheckAsync(cancellationToken);
                    continue;
                default:
                    Log.NotTaken(logger, key.No, key.BatchId, message.Epoch, outcome);
                    return null;
            }
        }
    }

    private async Task<TakeResult> TakeAsync(ShardRun run, CancellationToken cancellationToken)
    {
        var isTaken = false;
        try
        {
            if (shards.IsDraining)
            {
                await leases.DeclineAsync(run.Lease, "worker_draining", cancellationToken);
                return new(TakeOutcome.Stale, null);
            }

            var result = await leases.TakeAsync(run.Lease, cancellationToken);
            isTaken = result.Outcome == TakeOutcome.Taken;
            run.IsTaken = isTaken;
            return result;
        }
        finally
        {
            if (!isTaken)
            {
                shards.Remove(run);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information,
            "Shard {ShardNo} of batch {BatchId} was not taken at epoch {Epoch}: {Outcome}")]
        public static partial void NotTaken(ILogger logger, int shardNo, Guid batchId, int epoch, TakeOutcome outcome);
    }
}
