namespace Sluice.BatchStore.Shards;

/// <summary>A shard as people look at it.</summary>
public sealed record ShardRow
{
    /// <summary>Number in the batch, from 0.</summary>
    public required int No { get; init; }

    public required ShardState State { get; init; }

    /// <summary>1-based physical line of the input file.</summary>
    public required long FirstLine { get; init; }

    public required int Lines { get; init; }

    /// <summary>Lines in the output file so far.</summary>
    public required int Completed { get; init; }

    /// <summary>Lines in the error file so far.</summary>
    public required int Failed { get; init; }

    /// <summary>How often a worker took it.</summary>
    public required int Attempt { get; init; }

    public required int Epoch { get; init; }

    /// <summary>Instance that holds it; null unless it runs.</summary>
    public Guid? Owner { get; init; }

    /// <summary>Its owner is asked whether it lives.</summary>
    public required bool Suspect { get; init; }

    /// <summary>Why it last came back to the table, a word; null when it never did.</summary>
    public string? Cause { get; init; }

    /// <summary>Not dispatched before this, UTC; null for at once.</summary>
    public DateTime? ReadyAfter { get; init; }

    /// <summary>Attempts at its lines after their first.</summary>
    public required int Retries { get; init; }

    /// <summary>Why the last of them was needed.</summary>
    public string? RetryCause { get; init; }

    /// <summary>When it entered its state, UTC.</summary>
    public required DateTime ChangedAt { get; init; }
}
