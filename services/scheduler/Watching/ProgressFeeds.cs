using Microsoft.Extensions.Options;

namespace Sluice.Scheduler.Watching;

/// <summary>
/// The batches that are watched here: one feed each, as long as it has a reader. Thread-safe; bounded by <see
/// cref="WatchOptions.MaxReaders"/>.
/// </summary>
internal sealed class ProgressFeeds(
    IServiceScopeFactory scopes, IOptions<WatchOptions> options, TimeProvider time, ILogger<ProgressFeed> logger)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, ProgressFeed> _feeds = [];
    private int _readers;

    /// <summary>Null when there are too many readers; else leave it when done.</summary>
    public ProgressFeed? Join(Guid batchId)
    {
        lock (_lock)
        {
            if (_readers == options.Value.MaxReaders)
            {
                return null;
            }

            _readers++;
            if (!_feeds.TryGetValue(batchId, out var feed))
            {
                feed = _feeds[batchId] = new(batchId, scopes, options, time, logger);
                feed.Start();
            }

            feed.Readers++;
            return feed;
        }
    }

    public async ValueTask LeaveAsync(ProgressFeed feed)
    {
        lock (_lock)
        {
            _readers--;
            if (--feed.Readers > 0)
            {
                return;
            }

            _feeds.Remove(feed.BatchId);
        }

        await feed.DisposeAsync();
    }
}
