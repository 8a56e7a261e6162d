using System.Runtime.InteropServices;

namespace Sluice.Streaming.FanOut;

/// <summary>
/// Bytes outside the heap that the garbage collector moves: frames live for seconds, and copying those of 500 streams
/// at each collection stopped all of them for 20 to 60 ms. Freed by its owner, at the latest when nobody has it.
/// </summary>
internal sealed class FrameBlock : SafeBuffer
{
    public FrameBlock(int bytes)
        : base(ownsHandle: true)
    {
        SetHandle(Marshal.AllocHGlobal(bytes));
        Initialize((ulong)bytes);
    }

    protected override bool ReleaseHandle()
    {
        Marshal.FreeHGlobal(handle);
        return true;
    }
}
