using Sluice.Streaming.Responses;

namespace Sluice.Streaming.FanOut;

/// <summary>
/// Readers here of responses that other instances generate: their owner sees one follower, or nobody where they poll
/// the log. Thread-safe; bounded by <c>Streaming:MaxReaders</c>.
/// </summary>
internal sealed class ReadersElsewhere
{
    private readonly Lock _lock = new();
    private readonly HashSet<ResponseFeed> _feeds = [];

    /// <summary>How many each response has here, and where the last of them is.</summary>
    public List<(Guid Response, int Readers, long Slowest)> Counts()
    {
        lock (_lock)
        {
            return
            [
                .. _feeds.GroupBy(feed => feed.Key.Id)
                    .Select(one => (one.Key, one.Count(), one.Min(feed => feed.Position))),
            ];
        }
    }

    /// <summary>Notes a reader, once or again; to be forgotten by <see cref="Forget"/>.</summary>
    public void Note(ResponseFeed feed)
    {
        lock (_lock)
        {
            _feeds.Add(feed);
        }
    }

    public void Forget(ResponseFeed feed)
    {
        lock (_lock)
        {
            _feeds.Remove(feed);
        }
    }
}
