namespace Sluice.Contracts.Batches;

/// <summary>
/// Published by the validation consumer, handled by the batch saga: every line is good and the shards are cut.
/// </summary>
public sealed record BatchValidated
{
    public required Guid BatchId { get; init; }

    /// <summary>Lines of the input file, at least 1.</summary>
    public required long Lines { get; init; }

    /// <summary>Shards cut from them, at least 1.</summary>
    public required int Shards { get; init; }
}
