namespace Sluice.Contracts.Batches;

/// <summary>
/// Published by the validation consumer, handled by the batch saga: the input has bad lines (stored with the batch,
/// bounded) and the batch fails.
/// </summary>
public sealed record BatchRejected
{
    public required Guid BatchId { get; init; }

    /// <summary>Bad lines found, also those beyond the bound of what is stored.</summary>
    public required long Errors { get; init; }
}
