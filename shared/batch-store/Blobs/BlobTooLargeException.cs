namespace Sluice.BatchStore.Blobs;

/// <summary>An upload went past its bound; nothing of it is kept.</summary>
public sealed class BlobTooLargeException(long maxBytes) : Exception($"The content is longer than {maxBytes} bytes.")
{
    /// <summary>The bound in bytes.</summary>
    public long MaxBytes { get; } = maxBytes;
}
