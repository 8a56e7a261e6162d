namespace Sluice.Bench.Outbox;

/// <summary>About as large as a command of the batch protocol.</summary>
public sealed record BenchMessage
{
    public required Guid BatchId { get; init; }

    public required int ShardNo { get; init; }

    public required int Epoch { get; init; }
}
