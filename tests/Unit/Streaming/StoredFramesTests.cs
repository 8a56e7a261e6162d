using System.Buffers;
using System.Text;
using Shouldly;
using Sluice.Streaming.FanOut;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class StoredFramesTests
{
    private static readonly StoredResponse s_stored = new(
        "tenant", ResponseSurface.Chat, ResponseState.Running, "{"u8.ToArray(), Next: 2_000);

    [Fact]
    public void A_page_comes_in_slices_of_whole_frames_from_the_position_on()
    {
        var frames = new StoredFrames(s_stored, [Row(0, 1_000), Row(1_000, 1_000)], next: 7);
        var text = new StringBuilder();
        while (frames.Take() is { IsEmpty: false } slice)
        {
            slice.Length.ShouldBeLessThanOrEqualTo(StoredFrames.SliceBytes);
            text.Append(Encoding.UTF8.GetString(slice.Span));
            text.ToString().ShouldEndWith("\n\n");
        }

        frames.Next.ShouldBe(2_000);
        text.ToString().Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe(Enumerable.Range(7, 1_993).Select(seq => $$"""
                id: {{seq}}
                data: {"text":"of a token"}
                """.ReplaceLineEndings("\n")));
    }

    [Fact]
    public void A_frame_larger_than_a_slice_comes_by_itself()
    {
        var payload = new ArrayBufferWriter<byte>();
        LogFormat.Write(payload, LogEventKind.ChatChunk, "1}"u8);
        LogFormat.Write(payload, LogEventKind.ChatChunk, new byte[2 * StoredFrames.SliceBytes]);
        LogFormat.Write(payload, LogEventKind.ChatChunk, "3}"u8);
        var row = new LogRow(0, 3, LogFormat.Version, payload.WrittenSpan.ToArray());

        var frames = new StoredFrames(s_stored, [row], next: 0);

        Encoding.UTF8.GetString(frames.Take().Span).ShouldBe("id: 0\ndata: {1}\n\n");
        frames.Take().Length.ShouldBeGreaterThan(2 * StoredFrames.SliceBytes);
        Encoding.UTF8.GetString(frames.Take().Span).ShouldBe("id: 2\ndata: {3}\n\n");
        frames.Take().IsEmpty.ShouldBeTrue();
    }

    private static LogRow Row(long seq, int count)
    {
        var payload = new ArrayBufferWriter<byte>();
        for (var i = 0; i < count; i++)
        {
            LogFormat.Write(payload, LogEventKind.ChatChunk, "\"text\":\"of a token\"}"u8);
        }

        return new LogRow(seq, count, LogFormat.Version, payload.WrittenSpan.ToArray());
    }
}
