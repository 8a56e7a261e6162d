using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Sluice.Streaming.Sse;
using Sluice.Streaming.Telemetry;

namespace Sluice.Streaming.FanOut;

/// <summary>
/// Some consecutive frames of a response in one block outside the heap that the garbage collector moves: frames live
/// for seconds, and copying those of 500 streams at each collection stopped all of them for 20 to 67 ms (ADR 0016). The
/// bytes grow from the front of the block, the position at which each frame ends from its back. Freed by its owner, at
/// the latest by its finalizer. For <see cref="FrameWindow"/> alone, under its lock.
/// </summary>
internal sealed class FrameSegment : SafeHandleZeroOrMinusOneIsInvalid
{
    private const int EndBytes = sizeof(int);

    private int _length;

    /// <param name="firstSeq">Position of its first frame.</param>
    /// <param name="bytes">Size of the block, a multiple of four.</param>
    public FrameSegment(long firstSeq, int bytes)
        : base(ownsHandle: true)
    {
        (FirstSeq, Capacity) = (firstSeq, bytes);
        SetHandle(Marshal.AllocHGlobal(bytes));
        StreamingMetrics.FramesHeld(bytes);
    }

    public long FirstSeq { get; }

    public int Count { get; private set; }

    public int Capacity { get; }

    /// <summary>Bytes that the next frame may have.</summary>
    public int Free => Capacity - _length - ((Count + 1) * EndBytes);

    // SafeBuffer would need none of this; it copies byte by byte.
    private Span<byte> Block =>
        MemoryMarshal.CreateSpan(ref Unsafe.AddByteOffset(ref Unsafe.NullRef<byte>(), handle), Capacity);

    /// <summary>Size of a block for one frame of so many bytes.</summary>
    public static int BytesFor(int length) => checked((length + EndBytes + EndBytes - 1) / EndBytes * EndBytes);

    /// <exception cref="ArgumentException">There is no room for it.</exception>
    /// <exception cref="ObjectDisposedException">It is freed.</exception>
    public void Add(ReadOnlySpan<byte> frame)
    {
        var isHeld = false;
        try
        {
            DangerousAddRef(ref isHeld);
            frame.CopyTo(Block[_length..^((Count + 1) * EndBytes)]);
            _length += frame.Length;
            Count++;
            Ends[^Count] = _length;
        }
        finally
        {
            Release(isHeld);
        }
    }

    /// <summary>The frames from <paramref name="from"/> to before <paramref name="to"/>, both within it.</summary>
    /// <exception cref="ObjectDisposedException">It is freed.</exception>
    public void CopyTo(FrameBuffer target, long from, long to)
    {
        var isHeld = false;
        try
        {
            DangerousAddRef(ref isHeld);
            var ends = Ends;
            var start = from == FirstSeq ? 0 : ends[^(int)(from - FirstSeq)];
            var bytes = Block[start..ends[^(int)(to - FirstSeq)]];
            bytes.CopyTo(target.Grow(bytes.Length));
        }
        finally
        {
            Release(isHeld);
        }
    }

    protected override bool ReleaseHandle()
    {
        Marshal.FreeHGlobal(handle);
        StreamingMetrics.FramesHeld(-Capacity);
        return true;
    }

    private Span<int> Ends => MemoryMarshal.Cast<byte, int>(Block);

    private void Release(bool isHeld)
    {
        if (isHeld)
        {
            DangerousRelease();
        }
    }
}
