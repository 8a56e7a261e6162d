using System.Text;
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
        byte[] large = [.. Enumerable.Range(0, 1 << 20).Select(n => (byte)n)];

        await sse.WriteAsync((byte[])[1, 2, 3]);
        await sse.WriteAsync(large);

        byte[] expected = [1, 2, 3, .. large];
        body.ToArray().AsSpan().SequenceEqual(expected).ShouldBeTrue();
        body.Flushes.ShouldBeGreaterThanOrEqualTo(33);
    }

    [Fact]
    public async Task Without_frames_the_head_alone_is_sent()
    {
        var body = new CountingStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        using var sse = new SseResponse(context, StreamForm.OfSurface);

        await sse.WriteAsync(default);

        sse.HasStarted.ShouldBeTrue();
        context.Response.ContentType.ShouldBe("text/event-stream; charset=utf-8");
        body.Length.ShouldBe(0);
    }

    [Theory]
    [InlineData(StreamForm.OfSurface, "data: {}\n\n")]
    [InlineData(StreamForm.Native, "event: error\ndata: {}\n\n")]
    public async Task An_error_has_the_form_of_its_stream(object form, string expected)
    {
        var body = new CountingStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        using var sse = new SseResponse(context, (StreamForm)form);

        await sse.WriteErrorAsync("{}"u8);

        Encoding.UTF8.GetString(body.ToArray()).ShouldBe(expected);
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

        (buffer.Written.Length, buffer.Capacity).ShouldBe((0, 512));
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
