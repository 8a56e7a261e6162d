namespace Sluice.Contracts.Batches;

/// <summary>
/// Sent by the batches API (in the transaction that creates the batch), and again when it became a dead letter, handled
/// by the scheduler's validation consumer: read the input file, report every bad line or cut the shards.
/// </summary>
public sealed record ValidateBatch
{
    public required Guid BatchId { get; init; }
}
