using Sluice.Streaming.Sse;

namespace Sluice.Streaming.FanOut;

/// <summary>
/// Some consecutive frames of a response in one block. For <see cref="FrameWindow"/> alone, under its lock.
/// </summary>
internal sealed class FrameSegment(long firstSeq, int capacity) : IDisposable
{
    private readonly FrameBlock _block = new(capacity);
    private readonly List<int> _ends = [];
    private int _length;

    public long FirstSeq => firstSeq;

    public int Count => _ends.Count;

    public int Capacity => capacity;

    public int Free => capacity - _length;

    public void Dispose() => _block.Dispose();

    public void Add(ReadOnlySpan<byte> frame)
    {
        _block.Write(_length, frame);
        _length += frame.Length;
        _ends.Add(_length);
    }

    /// <summary>The frames from <paramref name="from"/> to before <paramref name="to"/>, both within it.</summary>
    public void CopyTo(FrameBuffer target, long from, long to)
    {
        var start = from == firstSeq ? 0 : _ends[(int)(from - firstSeq) - 1];
        _block.Read(start, target.Grow(_ends[(int)(to - firstSeq) - 1] - start));
    }
}
