namespace Sluice.BatchStore.Blobs;

/// <summary>
/// Immutable byte sequences of up to several hundred megabytes. Both directions stream: a call holds one chunk of
/// 1 MiB in memory and no connection while it waits for its caller. Safe for concurrent use.
/// </summary>
public interface IBlobStore
{
    /// <summary>
    /// Stores everything that <paramref name="content"/> yields under a new time-ordered id, one short transaction per
    /// chunk. When it throws, what was stored is deleted again; a process that dies meanwhile leaves an orphan for
    /// <see cref="DeleteOrphansAsync"/>. The blob is visible to others from its first chunk on: publish the id (as a
    /// file row) only after this returned.
    /// </summary>
    /// <param name="content">Read to its end, not disposed.</param>
    /// <param name="maxBytes">Most bytes accepted.</param>
    /// <param name="cancellationToken">Stops and undoes the upload.</param>
    /// <exception cref="BlobTooLargeException">There is more than <paramref name="maxBytes"/>.</exception>
    Task<BlobInfo> WriteAsync(Stream content, long maxBytes, CancellationToken cancellationToken);

    /// <summary>
    /// Opens a forward-only, asynchronous stream over bytes from <paramref name="offset"/>, at most
    /// <paramref name="length"/> of them. The stream ends early where the blob ends; an unknown blob is empty.
    /// </summary>
    Stream OpenRead(Guid blobId, long offset = 0, long length = long.MaxValue);

    /// <summary>
    /// Fills <paramref name="destination"/> from <paramref name="offset"/> on in one query and returns how many bytes
    /// there were: fewer than asked only at the end of the blob.
    /// </summary>
    Task<int> ReadRangeAsync(Guid blobId, long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Deletes the blob in short steps; deleting an unknown one does nothing.</summary>
    Task DeleteAsync(Guid blobId, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes blobs that were begun before <paramref name="before"/> and belong to no file: uploads whose process
    /// died. Returns how many.
    /// </summary>
    Task<int> DeleteOrphansAsync(DateTimeOffset before, CancellationToken cancellationToken);
}
