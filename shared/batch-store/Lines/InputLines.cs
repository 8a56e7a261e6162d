using System.Runtime.CompilerServices;
using Sluice.BatchStore.Blobs;

namespace Sluice.BatchStore.Lines;

/// <summary>
/// Reads the lines of a byte range of a blob, a block of 256 KiB (or one line, if that is longer) per query. Lines are
/// slices of their block: nothing is copied, and a block lives as long as one of its lines.
/// </summary>
public static class InputLines
{
    private const int BlockBytes = 256 * 1024;

    /// <summary>
    /// Lines of the range that are not blank, in order; blank ones (spaces and tabs count as blank) are counted in the
    /// numbers. The range begins and ends at line boundaries; the last line may lack its line end.
    /// </summary>
    /// <param name="blobs">Where the blob is.</param>
    /// <param name="blobId">The blob.</param>
    /// <param name="offset">First byte of the range.</param>
    /// <param name="length">Bytes in the range.</param>
    /// <param name="firstLine">Number of the line at <paramref name="offset"/>.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="EndOfStreamException">The blob ends before the range does.</exception>
    public static async IAsyncEnumerable<InputLine> ReadAsync(
        IBlobStore blobs, Guid blobId, long offset, long length, long firstLine,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        var (next, end, number, size) = (offset, offset + length, firstLine, BlockBytes);
        while (next < end)
        {
            var block = GC.AllocateUninitializedArray<byte>((int)Math.Min(size, end - next));
            var read = await blobs.ReadRangeAsync(blobId, next, block, cancellationToken);
            if (read < block.Length)
            {
                throw new EndOfStreamException($"The input file ends at byte {next + read}, before {end}.");
            }

            var last = next + read == end;
            var start = 0;
            while (start < read)
            {
                var length0 = block.AsSpan(start, read - start).IndexOf((byte)'\n');
                if (length0 < 0 && !last)
                {
                    break;
                }

                var stop = length0 < 0 ? read : start + length0;
                var raw = block.AsMemory(start, stop - start);
                var line = Trim(raw, next + start == 0);
                if (!IsBlank(line.Span))
                {
                    yield return new(number, line, next + start + Mark(raw, line));
                }

                start = stop + 1;

                number++;
            }

            // No line end in the whole block: read the same place again, twice as much.
            (next, size) = start == 0 ? (next, size * 2) : (next + start, BlockBytes);
        }
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> line, bool atStartOfFile)
    {
        if (atStartOfFile && line.Span.StartsWith("\uFEFF"u8))
        {
            line = line[3..];
        }

        return line.Span.EndsWith("\r"u8) ? line[..^1] : line;
    }

    /// <summary>Bytes of the byte order mark that was cut off.</summary>
    private static int Mark(ReadOnlyMemory<byte> raw, ReadOnlyMemory<byte> line) =>
        raw.Length - line.Length >= 3 ? 3 : 0;

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0;
}
