using System.Buffers.Text;

namespace Sluice.Streaming.FanOut;

/// <summary>Takes the frames of a followed response out of what has arrived. Not thread-safe.</summary>
internal static class FollowedFrames
{
    private static ReadOnlySpan<byte> End => "\n\n"u8;

    /// <summary>
    /// Takes the first whole frame off <paramref name="bytes"/>, without the heartbeats before it; false when none has
    /// arrived whole. One without a position, an error event, has -1.
    /// </summary>
    public static bool TryTake(ref ReadOnlyMemory<byte> bytes, out long seq, out ReadOnlyMemory<byte> frame)
    {
        (seq, frame) = (-1, default);
        while (bytes.Span.StartsWith(":"u8))
        {
            var line = bytes.Span.IndexOf((byte)'\n');
            if (line < 0)
            {
                return false;
            }

            bytes = bytes[(line + 1)..];
        }

        var end = bytes.Span.IndexOf(End);
        if (end < 0)
        {
            return false;
        }

        frame = bytes[..(end + End.Length)];
        bytes = bytes[frame.Length..];
        seq = SeqOf(frame.Span);
        return true;
    }

    /// <summary>The position stands in the first line, or in the second after the event's name.</summary>
    private static long SeqOf(ReadOnlySpan<byte> frame)
    {
        if (frame.StartsWith("event: "u8))
        {
            frame = frame[(frame.IndexOf((byte)'\n') + 1)..];
        }

        return frame.StartsWith("id: "u8) && Utf8Parser.TryParse(frame["id: "u8.Length..], out long seq, out _)
            ? seq
            : -1;
    }
}
