namespace Sluice.Streaming.FanOut;

/// <summary>
/// Some consecutive frames of a response in one array. Only <see cref="FrameWindow"/> changes it, under its lock, and
/// only behind what readers were given, so that slices stay valid without a lock.
/// </summary>
internal sealed class FrameSegment(long firstSeq, int capacity)
{
    // Not zeroed first: nobody reads beyond what was added.
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(capacity);
    private readonly List<int> _ends = [];
    private int _length;

    public long FirstSeq => firstSeq;

    public int Count => _ends.Count;

    public int Capacity => capacity;

    public Span<byte> Free => _bytes.AsSpan(_length);

    public void Add(int length)
    {
        _length += length;
        _ends.Add(_length);
    }

    /// <summary>The frames from <paramref name="from"/> to before <paramref name="to"/>, both within it.</summary>
    public ReadOnlyMemory<byte> Slice(long from, long to)
    {
        var start = from == firstSeq ? 0 : _ends[(int)(from - firstSeq) - 1];
        return _bytes.AsMemory(start, _ends[(int)(to - firstSeq) - 1] - start);
    }
}
