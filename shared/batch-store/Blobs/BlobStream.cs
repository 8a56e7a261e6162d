using System.Buffers;
using Sluice.ServiceDefaults.IO;

namespace Sluice.BatchStore.Blobs;

/// <summary>
/// Reads a blob chunk by chunk. Holds one pooled chunk and no connection between reads, so a slow consumer costs 1 MiB.
/// Not thread-safe, asynchronous reads only.
/// </summary>
internal sealed class BlobStream(PostgresBlobStore store, Guid blobId, long offset, long length) : ForwardStream
{
    private byte[]? _chunk = ArrayPool<byte>.Shared.Rent(PostgresBlobStore.ChunkBytes);
    private int _start;
    private int _end;
    private long _next = offset;
    private long _left = length;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_chunk is null, this);
        if (_start == _end)
        {
            // To the end of the chunk in the table, so that later reads are aligned and touch one row each.
            var want = (int)Math.Min(_left, PostgresBlobStore.ChunkBytes - (_next % PostgresBlobStore.ChunkBytes));
            _start = 0;
            _end = await store.ReadRangeAsync(blobId, _next, _chunk.AsMemory(0, want), cancellationToken);
            _next += _end;
            _left = _end < want ? 0 : _left - _end;
        }

        var count = Math.Min(buffer.Length, _end - _start);
        _chunk.AsMemory(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (_chunk is { } chunk)
        {
            _chunk = null;
            ArrayPool<byte>.Shared.Return(chunk);
        }

        base.Dispose(disposing);
    }
}
