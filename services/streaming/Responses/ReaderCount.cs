namespace Sluice.Streaming.Responses;

/// <summary>How many readers a response has, and since when it has none. Thread-safe.</summary>
internal sealed class ReaderCount
{
    private readonly Lock _lock = new();
    private int _count;
    private long _version;

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
}
