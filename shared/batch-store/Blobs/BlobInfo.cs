namespace Sluice.BatchStore.Blobs;

/// <summary>A stored blob.</summary>
/// <param name="Id">Version 7 UUID, ordered by the time at which the upload began.</param>
/// <param name="Bytes">Length; 0 is possible.</param>
public readonly record struct BlobInfo(Guid Id, long Bytes);
