using System.Text;
using Shouldly;
using Sluice.BatchStore.Lines;
using Xunit;

namespace Sluice.Tests.Integration.BatchStore;

public sealed class LargeInputTests(BatchStoreFixture store) : IClassFixture<BatchStoreFixture>
{
    private const int LineBytes = 4096;
    private const int Lines = 50_000;
    private const long MiB = 1024 * 1024;

    [Fact]
    public async Task A_file_of_200_MB_is_stored_and_read_by_lines_in_little_memory()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using var content = new LinesStream();
        var blob = await store.Blobs.WriteAsync(content, long.MaxValue, default);
        blob.Bytes.ShouldBe((long)Lines * LineBytes);
        GC.GetTotalMemory(forceFullCollection: true).ShouldBeLessThan(before + (64 * MiB));

        var count = 0L;
        await foreach (var line in InputLines.ReadAsync(store.Blobs, blob.Id, 0, blob.Bytes, 1, default))
        {
            line.Number.ShouldBe(++count);
            line.Bytes.Length.ShouldBe(LineBytes - 1);
            if (count % 10_000 == 0)
            {
                GC.GetTotalMemory(forceFullCollection: true).ShouldBeLessThan(before + (64 * MiB));
            }
        }

        count.ShouldBe(Lines);
    }

    [Fact]
    public async Task A_shard_in_the_middle_of_a_large_file_reads_its_own_lines_only()
    {
        await using var content = new LinesStream();
        var blob = await store.Blobs.WriteAsync(content, long.MaxValue, default);

        var lines = new List<string>();
        var range = InputLines.ReadAsync(store.Blobs, blob.Id, 30_000L * LineBytes, 100 * LineBytes, 30_001, default);
        await foreach (var line in range)
        {
            lines.Add(Encoding.UTF8.GetString(line.Bytes.Span).TrimEnd('x'));
        }

        lines.ShouldBe(Enumerable.Range(30_001, 100).Select(n => $"{n} "));
    }

    /// <summary>Lines of 4 KiB that begin with their number, made as they are read.</summary>
    private sealed class LinesStream : MemoryStream
    {
        private readonly byte[] _line = new byte[LineBytes];
        private int _number;
        private int _position = LineBytes;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_position == LineBytes)
            {
                if (_number == Lines)
                {
                    return ValueTask.FromResult(0);
                }

                _line.AsSpan().Fill((byte)'x');
                Encoding.UTF8.GetBytes($"{++_number} ", _line);
                _line[^1] = (byte)'\n';
                _position = 0;
            }

            var count = Math.Min(buffer.Length, LineBytes - _position);
            _line.AsMemory(_position, count).CopyTo(buffer);
            _position += count;
            return ValueTask.FromResult(count);
        }
    }
}
