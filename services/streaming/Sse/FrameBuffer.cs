using System.Buffers;

namespace Sluice.Streaming.Sse;

/// <summary>
/// Bytes on their way to readers. What a large event has made it grow to is given back with the next
/// <see cref="Reset"/>: a stream may wait for minutes after one. For one loop.
/// </summary>
/// <param name="firstBytes">Capacity that it begins with.</param>
/// <param name="maxKeptBytes">Largest capacity that it keeps.</param>
internal sealed class FrameBuffer(int firstBytes, int maxKeptBytes = 64 << 10)
{
    private ArrayBufferWriter<byte> _bytes = new(firstBytes);

    public int Capacity => _bytes.Capacity;

    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    /// <summary>The next bytes, to be filled by the caller at once.</summary>
    public Span<byte> Grow(int count)
    {
        var span = _bytes.GetSpan(count)[..count];
        _bytes.Advance(count);
        return span;
    }

    public void Write(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);

    public void Reset()
    {
        if (Capacity > maxKeptBytes)
        {
            _bytes = new ArrayBufferWriter<byte>(firstBytes);
        }

        _bytes.ResetWrittenCount();
    }
}
