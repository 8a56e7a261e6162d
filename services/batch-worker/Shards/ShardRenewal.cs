using System.Diagnostics;
using Microsoft.Extensions.Options;
using Sluice.BatchStore.Shards;
using Sluice.Durability.Instances;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// Renews all shards in hand in one statement per round. That clears suspicions, and tells which shards are lost
/// (closed by a cancel, or taken over): those stop at once; and which are of paused batches: those finish the lines in
/// flight and go back. And it hands back strays, shards that the table calls ours
/// but that nobody here runs, as after a take whose answer was lost.
/// </summary>
internal sealed partial class ShardRenewal(
    RunningShards shards,
    ShardLeases leases,
    IInstances instances,
    IOptions<WorkerOptions> options,
    ILogger<ShardRenewal> logger) : BackgroundService
{
    private HashSet<OwnedShard> _strays = [];
    private long _renewedAt;

    /// <summary>Age of the last round that succeeded; null before the first.</summary>
    public TimeSpan? SinceRenewed =>
        Volatile.Read(ref _renewedAt) is var at and not 0 ? Stopwatch.GetElapsedTime(at) : null;

    /// <summary>One round; called by the loop only, and by tests.</summary>
    internal async Task RenewAsync(CancellationToken cancellationToken)
    {
        var owner = instances.Current.Id;
        var expected = shards.All.Where(run => run.IsTaken && run.Owner == owner).ToList();
        var owned = await leases.RenewAsync(owner, cancellationToken);
        var keys = owned.Select(shard => shard.Key).ToHashSet();
        foreach (var run in expected.Where(run => !keys.Contains(run.Key)))
        {
            // Harmless for one that has just committed its last page.
            run.GiveUp();
        }

        var paused = owned.Where(shard => shard.IsPaused).Select(shard => shard.Key).ToHashSet();
        foreach (var run in expected.Where(run => paused.Contains(run.Key)))
        {
            run.Pause();
        }

        await HandBackStraysAsync(owner, owned, cancellationToken);
        Volatile.Write(ref _renewedAt, Stopwatch.GetTimestamp());
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RenewEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await RoundAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RenewAsync(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The loop outlives every error: while the database is away nobody can take the shards over either.
            Log.RoundFailed(logger, exception.Message);
        }
    }

    /// <summary>Only what was a stray in two rounds: in one it may just have ended, or just have been taken.</summary>
    private async Task HandBackStraysAsync(
        Guid owner, IEnumerable<OwnedShard> owned, CancellationToken cancellationToken)
    {
        var strays = owned.Where(shard => !shards.Contains(shard.Key)).ToHashSet();
        foreach (var stray in strays.Where(_strays.Contains))
        {
            Log.Stray(logger, stray.Key.No, stray.Key.BatchId);
            await leases.ReleaseAsync(new(stray.Key, stray.Epoch, owner), new("not_in_hand"), cancellationToken);
        }

        _strays = strays;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The shards in hand could not be renewed: {Reason}")]
        public static partial void RoundFailed(ILogger logger, string reason);

        [LoggerMessage(2, LogLevel.Warning, "Shard {ShardNo} of batch {BatchId} is ours but not in hand; handed back")]
        public static partial void Stray(ILogger logger, int shardNo, Guid batchId);
    }
}
