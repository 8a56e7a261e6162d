namespace Sluice.BatchStore.Shards;

/// <summary>Why a shard comes back to the table, and when it may be dispatched again.</summary>
/// <param name="Cause">A word, as <c>worker_draining</c>; for an error with its text. At most 500 characters.</param>
public sealed record ShardReturn(string Cause)
{
    /// <summary>Cause of a park because a provider answered 500 to everything.</summary>
    public const string Errors = "provider_errors";

    /// <summary>Cause of a return because the batch is paused.</summary>
    public const string Paused = "paused";

    /// <summary>Not before this has passed; null for at once.</summary>
    public TimeSpan? After { get; init; }

    /// <summary>The provider that is down or refuses; null for none.</summary>
    public string? ParkedBy { get; init; }

    /// <summary>The run ended with an error of ours, which counts against the shard.</summary>
    public bool IsFailure { get; init; }

    /// <summary>A line of it waited as long as it may for a provider that limits the rate.</summary>
    public bool IsLimited { get; init; }

    /// <summary>From now on answers 500 are taken for those of the lines, in all shards of the batch.</summary>
    public bool OwnsErrors { get; init; }
}
