using System.Text;
using Shouldly;
using Sluice.Inference.OpenAiCompatible;
using Xunit;

namespace Sluice.Tests.Unit.Inference;

public sealed class SseReaderTests
{
    [Theory]
    [InlineData("data: a\n\ndata: b\n\n", "a|b")]
    [InlineData("data: a\r\n\r\ndata: b\r\n\r\n", "a|b")]
    [InlineData("data: a\r\rdata: b\r\r", "a|b")]
    [InlineData("data:a\n\n", "a")]
    [InlineData("data:  a\n\n", " a")]
    [InlineData("data: a\ndata: b\ndata: c\n\n", "a\nb\nc")]
    [InlineData("data: a\ndata\ndata: c\n\n", "a\n\nc")]
    [InlineData(": comment\n\n\n: more\ndata: a\n: in between\n\n", "a")]
    [InlineData("event: x\nid: 7\nretry: 5\ndata: a\n\n", "a")]
    [InlineData("\uFEFFdata: a\n\n", "a")]
    [InlineData("database: no\n\ndata: ä€😀\n\n", "ä€😀")]
    [InlineData("data: a\n\ndata: unfinished\n", "a")]
    [InlineData("data: a\n\ndata: unfinished", "a")]
    [InlineData("", "")]
    public async Task Events_are_read_whatever_the_cuts_between_reads(string text, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var step = 1; step <= Math.Max(1, bytes.Length); step++)
        {
            using var reader = new SseReader(new SlowStream(bytes, step), 1 << 20, 1 << 20);
            var events = new List<string>();
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            {
                events.Add(Encoding.UTF8.GetString(reader.Data.Span));
            }

            string.Join('|', events).ShouldBe(expected, $"{step} bytes a read");
        }
    }

    [Fact]
    public async Task A_long_event_is_read_up_to_the_bound()
    {
        var data = new string('x', 20_000);
        using var reader = new SseReader(Stream($"data: {data}\n\ndata: b\n\n"), 30_000, 1 << 20);

        (await reader.ReadAsync(default)).ShouldBeTrue();
        reader.Data.Length.ShouldBe(20_000);
        (await reader.ReadAsync(default)).ShouldBeTrue();
        Encoding.UTF8.GetString(reader.Data.Span).ShouldBe("b");
    }

    [Theory]
    [InlineData("data: ")]
    [InlineData(": ")]
    public async Task A_longer_one_is_refused(string start)
    {
        using var reader = new SseReader(Stream(start + new string('x', 100_000)), 10_000, 1 << 20);

        await Should.ThrowAsync<InvalidDataException>(async () => await reader.ReadAsync(default));
    }

    [Fact]
    public async Task A_stream_past_its_bound_is_refused()
    {
        var text = string.Concat(Enumerable.Repeat("data: a\n\n", 5_000));
        using var reader = new SseReader(Stream(text), 10_000, 20_000);

        await Should.ThrowAsync<InvalidDataException>(async () =>
        {
            while (await reader.ReadAsync(default))
            {
            }
        });
    }

    private static SlowStream Stream(string text) => new(Encoding.UTF8.GetBytes(text), int.MaxValue);

    private sealed class SlowStream(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(step, buffer.Length)], cancellationToken);
    }
}
