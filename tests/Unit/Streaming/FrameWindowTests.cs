using System.Text;
using Shouldly;
using Sluice.Streaming.FanOut;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Sse;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class FrameWindowTests
{
    [Fact]
    public void Nothing_is_readable_before_its_release()
    {
        var window = Filled(frames: 3, maxBytes: 1 << 20);

        window.Has(0).ShouldBe(false);
        window.Release(2);

        var frames = new FrameBuffer(16);
        window.Read(0, frames).ShouldBe(2);
        Encoding.UTF8.GetString(frames.Written.Span).Split("\n\n").Length.ShouldBe(3);
        window.Has(2).ShouldBe(false);
        window.Read(2, frames).ShouldBe(2);
    }

    [Fact]
    public void A_cursor_anywhere_reads_exactly_what_follows()
    {
        var window = Filled(frames: 500, maxBytes: 1 << 20);
        window.Release(500);
        var whole = ReadAll(window, 0);

        for (var from = 0; from < 500; from += 37)
        {
            whole.ShouldEndWith(ReadAll(window, from));
            ReadAll(window, from).ShouldStartWith($"id: {from}\n");
        }
    }

    [Fact]
    public void What_is_over_the_bound_leaves_memory_once_it_is_released()
    {
        var window = Filled(frames: 2_000, maxBytes: 32 << 10);
        window.First.ShouldBe(0);

        window.Release(2_000);

        window.Bytes.ShouldBeLessThanOrEqualTo(32 << 10);
        window.Has(0).ShouldBeNull();
        window.Read(0, new FrameBuffer(16)).ShouldBeNull();
        ReadAll(window, window.First).ShouldStartWith($"id: {window.First}\n");
    }

    [Fact]
    public void What_its_only_reader_has_taken_is_dropped()
    {
        var window = Filled(frames: 2_000, maxBytes: long.MaxValue);
        window.Release(2_000);
        var before = window.Bytes;

        window.Drop(1_500);

        window.Bytes.ShouldBeLessThan(before);
        window.First.ShouldBeInRange(1, 1_500);
    }

    [Fact]
    public void A_frame_as_large_as_the_bound_goes_when_its_only_reader_has_it()
    {
        var window = new FrameWindow(long.MaxValue);
        window.Add(0, new byte[64 << 10]);
        window.Release(1);

        window.Drop(1);

        window.Bytes.ShouldBe(0);
        window.Add(1, Frame(1));
        window.Release(2);
        ReadAll(window, 1).ShouldStartWith("id: 1\n");
    }

    [Fact]
    public void What_is_closed_keeps_nothing_and_sends_its_readers_to_the_log()
    {
        var window = Filled(frames: 50, maxBytes: 1 << 20);
        window.Release(40);

        window.Close();
        window.Add(50, Frame(50));
        window.Release(51);

        window.Bytes.ShouldBe(0);
        window.Readable.ShouldBe(51);
        window.Has(0).ShouldBeNull();
        window.Has(51).ShouldBe(false);
    }

    private static FrameWindow Filled(int frames, long maxBytes)
    {
        var window = new FrameWindow(maxBytes);
        for (var seq = 0; seq < frames; seq++)
        {
            window.Add(seq, Frame(seq));
        }

        return window;
    }

    private static LogFrame Frame(long seq) => new(
        ResponseSurface.Chat, seq, LogEventKind.ChatChunk, "{"u8, "\"some\":\"text of a token\"}"u8);

    private static string ReadAll(FrameWindow window, long from)
    {
        var text = new StringBuilder();
        var frames = new FrameBuffer(16);
        while (window.Read(from, frames) is { } next && next > from)
        {
            text.Append(Encoding.UTF8.GetString(frames.Written.Span));
            frames.Reset();
            from = next;
        }

        return text.ToString();
    }
}
