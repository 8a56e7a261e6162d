using System.Buffers;
using Sluice.Streaming.Log;

namespace Sluice.Streaming.FanOut;

/// <summary>
/// A page of the log as frames, encoded slice by slice: a reader holds the page as it is stored and the slice that it
/// sends. For one loop.
/// </summary>
internal sealed class StoredFrames
{
    /// <summary>Bound of a slice; a frame that is larger makes one by itself.</summary>
    public const int SliceBytes = 16 << 10;

    private readonly StoredResponse _stored;
    private readonly IEnumerator<LogEvent> _events;
    private bool _hasEvent;

    /// <param name="stored">Whose page it is.</param>
    /// <param name="rows">The page; its first row may begin before <paramref name="next"/>.</param>
    /// <param name="next">Position of the first event to take.</param>
    public StoredFrames(StoredResponse stored, List<LogRow> rows, long next)
    {
        _stored = stored;
        Next = next;
        _events = rows
            .SelectMany(row => LogFormat.Read(row.Format, row.Payload).Skip((int)Math.Max(0, next - row.Seq)))
            .GetEnumerator();
        _hasEvent = _events.MoveNext();
    }

    /// <summary>Position after what was taken.</summary>
    public long Next { get; private set; }

    /// <summary>The next whole frames; empty at the page's end.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        var slice = new ArrayBufferWriter<byte>();
        while (_hasEvent)
        {
            var one = _events.Current;
            var frame = new LogFrame(_stored.Surface, Next, one.Kind, _stored.Head, one.Data.Span);
            if (slice.WrittenCount > 0 && slice.WrittenCount + frame.Length > SliceBytes)
            {
                break;
            }

            frame.CopyTo(slice.GetSpan(frame.Length));
            slice.Advance(frame.Length);
            Next++;
            _hasEvent = _events.MoveNext();
        }

        return slice.WrittenMemory;
    }
}
