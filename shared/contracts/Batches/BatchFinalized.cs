namespace Sluice.Contracts.Batches;

/// <summary>
/// Published by the finalization consumer, handled by the batch saga: the files exist and the counts are final.
/// </summary>
public sealed record BatchFinalized
{
    public required Guid BatchId { get; init; }

    /// <summary>Lines with an answer below 400.</summary>
    public required long Completed { get; init; }

    /// <summary>Lines in the error file.</summary>
    public required long Failed { get; init; }

    /// <summary>Null when no line completed.</summary>
    public Guid? OutputFileId { get; init; }

    /// <summary>Null when no line failed.</summary>
    public Guid? ErrorFileId { get; init; }

    /// <summary>Prompt tokens of all answers, as the providers counted them; null counts as 0.</summary>
    public long? PromptTokens { get; init; }

    /// <summary>Completion tokens of all answers, as the providers counted them; null counts as 0.</summary>
    public long? CompletionTokens { get; init; }
}
