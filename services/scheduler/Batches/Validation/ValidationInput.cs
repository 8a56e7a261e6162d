using Sluice.BatchStore.Shards;

namespace Sluice.Scheduler.Batches.Validation;

/// <summary>What is to be validated.</summary>
/// <param name="Lease">The validation; its blob is empty when there is no file any more.</param>
/// <param name="Endpoint">Of the batch.</param>
/// <param name="Bytes">Of the file.</param>
/// <param name="Lines">Of the file as its upload counted them; null where that was not done.</param>
internal sealed record ValidationInput(ValidationLease Lease, string Endpoint, long Bytes, long? Lines);
