using System.Text;
using Shouldly;
using Sluice.BatchStore.Lines;
using Xunit;

namespace Sluice.Tests.Unit.BatchStore;

public sealed class InputLinesTests
{
    [Theory]
    [InlineData("a\nb\n")]
    [InlineData("a\nb")]
    [InlineData("a\r\nb\r\n")]
    [InlineData("\uFEFFa\nb\n")]
    public async Task Lines_come_without_their_ends_and_without_a_byte_order_mark(string text)
    {
        (await ReadAsync(Encoding.UTF8.GetBytes(text))).ShouldBe([(1, "a"), (2, "b")]);
    }

    [Fact]
    public async Task Blank_lines_are_skipped_but_counted()
    {
        (await ReadAsync("\na\n \t\n\r\nb\n\n"u8.ToArray())).ShouldBe([(2, "a"), (5, "b")]);
    }

    [Fact]
    public async Task A_range_in_the_middle_keeps_its_numbers()
    {
        var blobs = new MemoryBlobStore("one\ntwo\nthree\nfour\n"u8.ToArray());

        (await ReadAsync(blobs, 4, 10, 2)).ShouldBe([(2, "two"), (3, "three")]);
    }

    [Fact]
    public async Task A_byte_order_mark_in_the_middle_belongs_to_its_line()
    {
        (await ReadAsync("a\n\uFEFFb\n"u8.ToArray())).ShouldBe([(1, "a"), (2, "\uFEFFb")]);
    }

    [Fact]
    public async Task Lines_across_blocks_and_lines_longer_than_a_block_come_whole()
    {
        string[] lines = [new('a', 300_000), "b", new('c', 1_000_000), new('d', 100_000), new('e', 200_000)];

        var read = await ReadAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)));

        read.Select(l => l.Text).ShouldBe(lines);
    }

    [Fact]
    public async Task A_small_range_costs_one_query()
    {
        var blobs = new MemoryBlobStore(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("line\n", 1000))));

        (await ReadAsync(blobs, 0, 5000, 1)).Count.ShouldBe(1000);

        blobs.Queries.ShouldBe(1);
    }

    [Fact]
    public async Task A_blob_that_ends_too_early_is_an_error()
    {
        var read = () => ReadAsync(new MemoryBlobStore("a\n"u8.ToArray()), 0, 10, 1);

        await read.ShouldThrowAsync<EndOfStreamException>();
    }

    private static Task<List<(long Number, string Text)>> ReadAsync(byte[] content) =>
        ReadAsync(new MemoryBlobStore(content), 0, content.Length, 1);

    private static async Task<List<(long Number, string Text)>> ReadAsync(
        MemoryBlobStore blobs, long offset, long length, long firstLine)
    {
        var lines = new List<(long Number, string Text)>();
        await foreach (var line in InputLines.ReadAsync(blobs, Guid.Empty, offset, length, firstLine, default))
        {
            lines.Add((line.Number, Encoding.UTF8.GetString(line.Bytes.Span)));
        }

        return lines;
    }
}
