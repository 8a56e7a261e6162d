using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Batches.Creating;

/// <summary>Outcome of a creation: the batch, or why there is none.</summary>
internal sealed record CreationResult(BatchState? Batch, OpenAiErrorResult? Refusal)
{
    public static implicit operator CreationResult(OpenAiErrorResult refusal) => new(null, refusal);

    public static implicit operator CreationResult(BatchState batch) => new(batch, null);
}
