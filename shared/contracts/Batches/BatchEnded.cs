namespace Sluice.Contracts.Batches;

/// <summary>
/// Published by the batch saga with the transition that ends a batch, handled by the scheduler: write a delivery for
/// every webhook of the tenant that asked for it.
/// </summary>
public sealed record BatchEnded
{
    public required Guid BatchId { get; init; }

    public required string Tenant { get; init; }

    /// <summary>Public status: <c>completed</c>, <c>failed</c>, <c>expired</c> or <c>cancelled</c>.</summary>
    public required string Status { get; init; }

    public required DateTimeOffset EndedAt { get; init; }
}
