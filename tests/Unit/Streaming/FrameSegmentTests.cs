using System.Text;
using Shouldly;
using Sluice.Streaming.FanOut;
using Sluice.Streaming.Sse;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class FrameSegmentTests
{
    [Fact]
    public void Frames_fill_it_to_the_last_byte_and_come_back_as_they_were()
    {
        using var segment = new FrameSegment(firstSeq: 7, bytes: 64);
        string[] frames = ["a", "bcd", "", "efghijk"];
        foreach (var frame in frames)
        {
            segment.Add(Encoding.UTF8.GetBytes(frame));
        }

        var last = new string('z', segment.Free);
        segment.Add(Encoding.UTF8.GetBytes(last));

        segment.Free.ShouldBeLessThan(0);
        segment.Count.ShouldBe(5);
        Read(segment, 7, 12).ShouldBe("abcdefghijk" + last);
        Read(segment, 8, 9).ShouldBe("bcd");
        Read(segment, 9, 10).ShouldBeEmpty();
        Read(segment, 10, 12).ShouldBe("efghijk" + last);
    }

    [Fact]
    public void A_frame_that_has_no_room_is_refused_and_changes_nothing()
    {
        using var segment = new FrameSegment(firstSeq: 0, bytes: 16);
        segment.Add("abcd"u8);

        Should.Throw<ArgumentException>(() => segment.Add("efghi"u8));

        segment.Count.ShouldBe(1);
        segment.Add("efgh"u8);
        Read(segment, 0, 2).ShouldBe("abcdefgh");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(70_001)]
    public void A_block_made_for_one_frame_takes_it(int length)
    {
        using var segment = new FrameSegment(firstSeq: 0, FrameSegment.BytesFor(length));

        segment.Add(Encoding.UTF8.GetBytes(new string('x', length)));

        Read(segment, 0, 1).Length.ShouldBe(length);
    }

    [Fact]
    public void Once_it_is_freed_it_is_not_read_any_more()
    {
        var segment = new FrameSegment(firstSeq: 0, bytes: 64);
        segment.Add("abc"u8);

        segment.Dispose();

        Should.Throw<ObjectDisposedException>(() => Read(segment, 0, 1));
        Should.Throw<ObjectDisposedException>(() => segment.Add("d"u8));
    }

    private static string Read(FrameSegment segment, long from, long to)
    {
        var buffer = new FrameBuffer(16);
        segment.CopyTo(buffer, from, to);
        return Encoding.UTF8.GetString(buffer.Written.Span);
    }
}
