using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Batches;

/// <summary>Outcome of a request to cancel a batch.</summary>
/// <param name="IsCancelled">
/// This or an earlier request cancels it. False also when it is too late: the batch has ended, or all its lines have.
/// </param>
/// <param name="Mismatch">The caller's ETag is not the batch's any more: nothing was changed.</param>
internal sealed record CancelResult(bool IsCancelled, OpenAiErrorResult? Mismatch);
