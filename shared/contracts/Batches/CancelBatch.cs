namespace Sluice.Contracts.Batches;

/// <summary>Sent by the batches API, handled by the batch saga: start no new line and keep what is finished.</summary>
public sealed record CancelBatch
{
    public required Guid BatchId { get; init; }
}
