using Sluice.Streaming.FanOut;

namespace Sluice.Streaming.Responses;

/// <summary>How many readers a response has, where they are, and since when it has none. Thread-safe.</summary>
internal sealed class ReaderCount
{
    private readonly Lock _lock = new();
    private readonly HashSet<ResponseFeed> _feeds = [];
    private int _count;
    private long _version;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>
    /// Those that came to this instance, without the followers of others, and the position of the one that is furthest
    /// behind; null without one.
    /// </summary>
    public (int Count, long? Slowest) Own
    {
        get
        {
            lock (_lock)
            {
                var own = _feeds.Where(feed => !feed.OnlyHere).ToList();
                return (own.Count, own.Min(feed => (long?)feed.Position));
            }
        }
    }

    public void Join()
    {
        lock (_lock)
        {
            _count++;
            _version++;
        }
    }

    /// <summary>The mark of an absence that begins now, for <see cref="IsAbsent"/>; null while others read.</summary>
    public long? Leave()
    {
        lock (_lock)
        {
            return --_count == 0 ? _version : null;
        }
    }

    /// <summary>True when nobody has joined since the mark was given.</summary>
    public bool IsAbsent(long mark)
    {
        lock (_lock)
        {
            return _count == 0 && _version == mark;
        }
    }

    /// <summary>Notes where a reader is; to be forgotten by <see cref="Forget"/>.</summary>
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
