using Sluice.BatchStore.Shards;
using Sluice.BatchWorker.Shards;

namespace Sluice.BatchWorker.Flow;

/// <summary>
/// Brings parked shards back when their provider is: they need not wait until they are due. Thread-safe.
/// </summary>
internal sealed partial class ParkedShards(
    ShardLeases leases, ShardEndedNotices notices, ILogger<ParkedShards> logger)
{
    /// <summary>Returns at once.</summary>
    /// <param name="provider">The provider that answers again.</param>
    /// <param name="shard">The shard of the line by which that is known.</param>
    public void BringBack(string provider, ShardKey shard) => _ = BringBackAsync(provider, shard);

    private async Task BringBackAsync(string provider, ShardKey shard)
    {
        try
        {
            var shards = await leases.BringBackAsync(provider, CancellationToken.None);
            Log.Back(logger, provider, shards);
            notices.Add(shard);
        }
        catch (Exception exception)
        {
            // Nobody waits for it: they come back by themselves when they are due.
            Log.NotBrought(logger, provider, exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Provider {Provider} is back, and {Shards} parked shards with it")]
        public static partial void Back(ILogger logger, string provider, int shards);

        [LoggerMessage(2, LogLevel.Warning, "The shards parked for provider {Provider} stay until they are due: {Why}")]
        public static partial void NotBrought(ILogger logger, string provider, string why);
    }
}
