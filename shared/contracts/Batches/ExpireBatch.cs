namespace Sluice.Contracts.Batches;

/// <summary>
/// Sent by the batches API to be delivered at the deadline of the batch, handled by the batch saga: end the batch with
/// what is finished. One whose deadline is not the batch's any more is ignored.
/// </summary>
public sealed record ExpireBatch
{
    public required Guid BatchId { get; init; }

    /// <summary>The deadline that this is about.</summary>
    public required DateTimeOffset Deadline { get; init; }
}
