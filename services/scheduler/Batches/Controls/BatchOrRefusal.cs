using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Batches.Controls;

/// <summary>Outcome of a change: the batch as it is now, or why it was not changed.</summary>
internal sealed record BatchOrRefusal(BatchState? Batch, OpenAiErrorResult? Refusal)
{
    public static implicit operator BatchOrRefusal(OpenAiErrorResult refusal) => new(null, refusal);

    public static implicit operator BatchOrRefusal(BatchState batch) => new(batch, null);
}
