using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.Streaming.Sse;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class SseResponseTests
{
    [Fact]
    public async Task Much_is_written_in_pieces_so_that_each_has_the_deadline_for_itself()
    {
        var body = new CountingStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        using var sse = new SseResponse(context, StreamForm.OfSurface);

        sse.Add(new byte[1 << 20]);
        await sse.FlushAsync();

        body.Length.ShouldBe(1 << 20);
        body.Flushes.ShouldBeGreaterThanOrEqualTo(32);
        sse.HasPending.ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_sent_from_where_it_is_comes_after_what_was_added_and_in_pieces_too()
    {
        var body = new CountingStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        using var sse = new SseResponse(context, StreamForm.OfSurface);
        byte[] large = [.. Enumerable.Range(0, 1 << 20).Select(n => (byte)n)];

        sse.Add([1, 2, 3]);
        await sse.FlushAsync(large);
        await sse.FlushAsync(large);

        byte[] expected = [1, 2, 3, .. large, .. large];
        body.ToArray().AsSpan().SequenceEqual(expected).ShouldBeTrue();
        body.Flushes.ShouldBeGreaterThanOrEqualTo(65);
        sse.HasPending.ShouldBeFalse();
    }

    [Fact]
    public void What_a_large_event_took_is_given_back()
    {
        var buffer = new FrameBuffer(512);
        buffer.Write(new byte[32 << 10]);
        var usual = buffer.Capacity;
        buffer.Reset();
        buffer.Capacity.ShouldBe(usual, "what is usual is kept");

        buffer.Write(new byte[1 << 20]);
        buffer.Reset();

        (buffer.Length, buffer.Capacity).ShouldBe((0, 512));
    }

    private sealed class CountingStream : MemoryStream
    {
        public int Flushes { get; private set; }

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            Flushes++;
            return Task.CompletedTask;
        }
    }
}
