namespace Sluice.BatchStore.Shards;

/// <summary>A running validation of a batch.</summary>
/// <param name="BatchId">The batch.</param>
/// <param name="BlobId">Its input file's bytes.</param>
/// <param name="Epoch">What <see cref="ValidationTable.TakeAsync"/> returned.</param>
public readonly record struct ValidationLease(Guid BatchId, Guid BlobId, int Epoch);
