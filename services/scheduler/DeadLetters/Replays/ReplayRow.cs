namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>A row of <c>dead_letter_replays</c>. Names are those of the columns.</summary>
internal sealed record ReplayRow
{
    public Guid Id { get; init; }

    public string? Tenant { get; init; }

    public Guid? Token { get; init; }

    public ReplayState State { get; init; }

    /// <summary>Letters that it claimed.</summary>
    public int Letters { get; init; }

    public int Replayed { get; init; }

    public int AlreadyReplayed { get; init; }

    public int Skipped { get; init; }

    /// <summary>Letters per second; null for as fast as they go.</summary>
    public int? Rate { get; init; }

    /// <summary>Letters that fail again after which it stops.</summary>
    public int StopAfter { get; init; }

    public string? StoppedBecause { get; init; }

    /// <summary>UTC, as the driver reads timestamptz.</summary>
    public DateTime CreatedAt { get; init; }
}
