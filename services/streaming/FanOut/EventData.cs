namespace Sluice.Streaming.FanOut;

/// <summary>
/// Takes frames apart that <see cref="LogFrame"/> has written. No frame has an empty line but at its end.
/// </summary>
internal static class EventData
{
    private static ReadOnlySpan<byte> End => "\n\n"u8;

    /// <summary>The data of the first of some frames.</summary>
    public static ReadOnlyMemory<byte> First(ReadOnlyMemory<byte> frames) => Of(frames[..frames.Span.IndexOf(End)]);

    /// <summary>The data of the last of some frames.</summary>
    public static ReadOnlyMemory<byte> Last(ReadOnlyMemory<byte> frames)
    {
        var whole = frames[..^End.Length];
        var before = whole.Span.LastIndexOf(End);
        return Of(before < 0 ? whole : whole[(before + End.Length)..]);
    }

    /// <summary>Takes the data of the first of some frames off them; false when there are none.</summary>
    public static bool TryTake(ref ReadOnlyMemory<byte> frames, out ReadOnlyMemory<byte> data)
    {
        data = default;
        if (frames.IsEmpty)
        {
            return false;
        }

        var end = frames.Span.IndexOf(End);
        data = Of(frames[..end]);
        frames = frames[(end + End.Length)..];
        return true;
    }

    // An event's name and id, which stand before, hold no such line.
    private static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> frame) =>
        frame[(frame.Span.IndexOf("data: "u8) + "data: ".Length)..];
}
