using Sluice.BatchStore.Blobs;

namespace Sluice.Tests.Unit.BatchStore;

/// <summary>One blob in memory; counts the queries it would have cost.</summary>
internal sealed class MemoryBlobStore(byte[] content) : IBlobStore
{
    public int Queries { get; private set; }

    public Task<int> ReadRangeAsync(
        Guid blobId, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Queries++;
        var count = (int)Math.Clamp(content.Length - offset, 0, destination.Length);
        content.AsMemory((int)Math.Min(offset, content.Length), count).CopyTo(destination);
        return Task.FromResult(count);
    }

    public Task<BlobInfo> WriteAsync(Stream content, long maxBytes, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Stream OpenRead(Guid blobId, long offset = 0, long length = long.MaxValue) =>
        throw new NotSupportedException();

    public Task DeleteAsync(Guid blobId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<int> DeleteOrphansAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
