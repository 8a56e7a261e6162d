using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.BatchStore.Shards;
using Sluice.Durability.Instances;
using Sluice.Scheduler.Telemetry;

namespace Sluice.Scheduler.Dispatch;

/// <summary>
/// Takes shards back: from dead owners, from owners that do not answer a suspicion, and those whose message was lost.
/// The shard's next epoch refuses whatever the old owner still writes. Not thread-safe.
/// </summary>
internal sealed partial class ShardRecovery(
    NpgsqlDataSource dataSource,
    IInstances instances,
    IInstanceWatch watch,
    IOptions<DispatchOptions> options,
    ILogger<ShardRecovery> logger)
{
    /// <summary>Returns how many shards are ready again.</summary>
    /// <param name="steady">
    /// Whether the database has answered this process for as long as a suspicion lasts. During an outage nobody can
    /// renew, so nobody is blamed for it.
    /// </param>
    /// <param name="cancellationToken">Ends the process.</param>
    public async Task<int> RunAsync(bool steady, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var recovered = steady ? await ResetSuspectsAsync(connection, cancellationToken) : 0;
        recovered += await ResetLostAsync(connection, cancellationToken);
        foreach (var owner in await DispatchTable.DeadOwnersAsync(connection, watch.Dead, cancellationToken))
        {
            recovered += await TakeOverAsync(connection, owner, cancellationToken);
        }

        return recovered;
    }

    private async Task<int> TakeOverAsync(NpgsqlConnection connection, Guid owner, CancellationToken cancellationToken)
    {
        try
        {
            // Waits for the owner's commit in flight: after it nothing of that owner can be written.
            await instances.FenceAsync(owner, cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            // Frozen inside a transaction: the server ends that soon. The other owners do not wait for it.
            Log.StillHeld(logger, owner, e);
            return 0;
        }

        var shards = await ShardTable.ResetOwnersAsync(connection, [owner], cancellationToken);
        Log.TakenOver(logger, shards, owner);
        SchedulerMetrics.ShardsRecovered("dead_owner", shards);
        return shards;
    }

    private async Task<int> ResetSuspectsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var shards = await ShardTable.ResetSuspectsAsync(connection, options.Value.SuspectAfter, cancellationToken);
        if (shards > 0)
        {
            Log.Suspects(logger, shards);
            SchedulerMetrics.ShardsRecovered("suspect", shards);
        }

        return shards;
    }

    private async Task<int> ResetLostAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var shards = await ShardTable.ResetDispatchedAsync(
            connection, options.Value.RedispatchAfter, options.Value.RedispatchSlack, cancellationToken);
        if (shards > 0)
        {
            Log.Lost(logger, shards, options.Value.RedispatchAfter);
            SchedulerMetrics.ShardsRecovered("lost_message", shards);
        }

        return shards;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Took {Shards} shards over from the dead worker {Owner}")]
        public static partial void TakenOver(ILogger logger, int shards, Guid owner);

        [LoggerMessage(2, LogLevel.Warning, "Took {Shards} shards back whose worker did not answer a suspicion")]
        public static partial void Suspects(ILogger logger, int shards);

        [LoggerMessage(3, LogLevel.Warning, "Dispatching {Shards} shards again that nobody took within {Patience}")]
        public static partial void Lost(ILogger logger, int shards, TimeSpan patience);

        [LoggerMessage(4, LogLevel.Warning, "The dead worker {Owner} still holds a lock; trying again")]
        public static partial void StillHeld(ILogger logger, Guid owner, Exception failure);
    }
}
