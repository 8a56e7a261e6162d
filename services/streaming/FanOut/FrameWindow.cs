using Sluice.Streaming.Sse;

namespace Sluice.Streaming.FanOut;

/// <summary>
/// The newest frames of a response in memory, each encoded once for any number of readers. Frames are added ahead of
/// their commit and become readable by <see cref="Release"/>. Holds at most <c>maxBytes</c> of readable frames (one
/// segment more while it fills); older ones are dropped, and readers behind them go on from the database. Thread-safe.
/// </summary>
/// <param name="maxBytes">Bound of what readers have.</param>
/// <param name="start">Position of the first frame; those before it are in the database only.</param>
internal sealed class FrameWindow(long maxBytes, long start = 0)
{
    private const int FirstSegmentBytes = 2 << 10;
    private const int SegmentBytes = 16 << 10;
    private const int MaxStackBytes = 1 << 10;

    private readonly Lock _lock = new();
    private readonly List<FrameSegment> _segments = [];
    private long _bytes;
    private long _readable = start;
    private bool _isClosed;

    /// <summary>Position after the last frame that readers may have.</summary>
    public long Readable => Volatile.Read(ref _readable);

    /// <summary>Position of the oldest frame in memory.</summary>
    public long First
    {
        get
        {
            lock (_lock)
            {
                return _segments.Count > 0 ? _segments[0].FirstSeq : 0;
            }
        }
    }

    /// <summary>Bytes that it holds.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    public void Add(long seq, LogFrame frame)
    {
        var bytes = frame.Length <= MaxStackBytes ? stackalloc byte[frame.Length] : new byte[frame.Length];
        frame.CopyTo(bytes);
        Add(seq, bytes);
    }

    /// <summary>Adds a frame as it is.</summary>
    public void Add(long seq, ReadOnlySpan<byte> frame)
    {
        lock (_lock)
        {
            if (!_isClosed)
            {
                Room(seq, frame.Length).Add(frame);
            }
        }
    }

    /// <summary>Lets readers have the frames before <paramref name="next"/>: they are committed.</summary>
    public void Release(long next)
    {
        lock (_lock)
        {
            Volatile.Write(ref _readable, next);
            DropBefore(next, maxBytes);
        }
    }

    /// <summary>
    /// Drops what lies before <paramref name="seq"/>: its only reader has it. The last segment stays for the next
    /// frames, except one made for a single large frame: it has no room for them, and alone may fill the bound.
    /// </summary>
    public void Drop(long seq)
    {
        lock (_lock)
        {
            DropBefore(seq, keep: 0);
            if (_segments is [{ Capacity: > SegmentBytes } last] && last.FirstSeq + last.Count <= seq)
            {
                Clear();
            }
        }
    }

    /// <summary>
    /// Copies frames from <paramref name="seq"/> on, as many as lie together, and returns the position after them.
    /// <paramref name="seq"/> itself when it is not readable yet; null when it has left memory.
    /// </summary>
    public long? Read(long seq, FrameBuffer target)
    {
        // Without the lock: readers look here for every token, before they wait and after they have it.
        if (seq >= Readable)
        {
            return seq;
        }

        lock (_lock)
        {
            if (Find(seq) is not { } segment)
            {
                return null;
            }

            var next = Math.Min(_readable, segment.FirstSeq + segment.Count);
            segment.CopyTo(target, seq, next);
            return next;
        }
    }

    /// <summary>There is a frame to read; null when it has left memory.</summary>
    public bool? Has(long seq)
    {
        if (seq >= Readable)
        {
            return false;
        }

        lock (_lock)
        {
            return Find(seq) is null ? null : true;
        }
    }

    /// <summary>
    /// Frees all of it, now and for good: nothing is kept any more, and readers go on from the database. For a source
    /// that has ended and has no reader.
    /// </summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            Clear();
        }
    }

    private FrameSegment Room(long seq, int length)
    {
        var segment = _segments.Count > 0 ? _segments[^1] : null;
        if (segment is null || segment.Free < length)
        {
            var size = _segments.Count == 0 ? FirstSegmentBytes : SegmentBytes;
            segment = new FrameSegment(seq, Math.Max(size, FrameSegment.BytesFor(length)));
            _segments.Add(segment);
            _bytes += segment.Capacity;
        }

        return segment;
    }

    private void DropBefore(long seq, long keep)
    {
        var drop = 0;
        while (_bytes > keep && _segments.Count - drop > 1 && _segments[drop + 1].FirstSeq <= seq)
        {
            _bytes -= _segments[drop].Capacity;
            _segments[drop].Dispose();
            drop++;
        }

        _segments.RemoveRange(0, drop);
    }

    private FrameSegment? Find(long seq)
    {
        // From the end: most readers want the newest. No lambda: this runs for every token.
        var index = _segments.Count - 1;
        while (index >= 0 && _segments[index].FirstSeq > seq)
        {
            index--;
        }

        return index < 0 ? null : _segments[index];
    }

    private void Clear()
    {
        _segments.ForEach(segment => segment.Dispose());
        _segments.Clear();
        _bytes = 0;
    }
}
