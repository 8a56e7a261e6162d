using Sluice.Streaming.Sse;

namespace Sluice.Streaming.FanOut;

/// <summary>
/// Frames that became readable at one moment, one copy for all readers that waited for them. Immutable.
/// </summary>
/// <param name="From">Position of the first.</param>
/// <param name="Next">Position after the last.</param>
/// <param name="Bytes">Whole frames.</param>
internal sealed record ReleasedFrames(long From, long Next, ReadOnlyMemory<byte> Bytes)
{
    private const int FirstBytes = 512;

    /// <summary>Those that lie together from a position on; null when there are none.</summary>
    public static ReleasedFrames? Copy(FrameWindow frames, long from)
    {
        var bytes = new FrameBuffer(FirstBytes);
        return frames.Read(from, bytes) is { } next && next > from
            ? new ReleasedFrames(from, next, bytes.Written)
            : null;
    }
}
