namespace Sluice.Scheduler.Diagnosis;

/// <summary>What the tables say of a batch and of what it shares with others, at one moment.</summary>
internal sealed record BatchFacts
{
    /// <summary>Name of a state of the batch's saga.</summary>
    public required string State { get; init; }

    /// <summary>Seconds since the batch was created.</summary>
    public required double AgeSeconds { get; init; }

    /// <summary>Seconds since it began to run; null before.</summary>
    public double? RunningSeconds { get; init; }

    /// <summary>Seconds since a client paused it; null while it is not paused.</summary>
    public double? PausedSeconds { get; init; }

    /// <summary>Seconds since it would miss its deadline if it did not go first; null while it would not.</summary>
    public double? AtRiskSeconds { get; init; }

    /// <summary>Seconds to its deadline, negative when that has passed; null without one.</summary>
    public double? DeadlineSeconds { get; init; }

    /// <summary>Bytes of its input file.</summary>
    public required long InputBytes { get; init; }

    public required long Lines { get; init; }

    public required long Completed { get; init; }

    public required long Failed { get; init; }

    /// <summary>Shards that wait in the table.</summary>
    public required int Ready { get; init; }

    /// <summary>Shards whose message is on the way to a worker.</summary>
    public required int Dispatched { get; init; }

    public required int Running { get; init; }

    /// <summary>Running shards whose worker is asked whether it lives.</summary>
    public required int Suspects { get; init; }

    /// <summary>How often shards were taken again after the first time.</summary>
    public required int Retries { get; init; }

    /// <summary>Seconds since the oldest message that no worker has taken was written; null without one.</summary>
    public double? OldestDispatchedSeconds { get; init; }

    /// <summary>Seconds since the shard that runs longest was taken; null without one.</summary>
    public double? OldestRunningSeconds { get; init; }

    /// <summary>Workers that renew their lease.</summary>
    public required int Workers { get; init; }

    /// <summary>Shards of other batches that are dispatched or run.</summary>
    public required int OthersOutstanding { get; init; }

    /// <summary>Those of them that were dispatched at a class above this batch's, as it is after ageing.</summary>
    public required int HigherOutstanding { get; init; }

    /// <summary>Attempts at lines after their first.</summary>
    public required int LineRetries { get; init; }

    /// <summary>Why the last of them was needed.</summary>
    public string? LineRetryCause { get; init; }

    /// <summary>Calls for lines of its running shards that providers refused with 429.</summary>
    public required int LimitedCalls { get; init; }

    /// <summary>Seconds since the last of them was told; null without one.</summary>
    public double? LimitedSeconds { get; init; }

    /// <summary>How often a worker ended with one of its shards and no page of it.</summary>
    public required int UncleanEnds { get; init; }

    /// <summary>A line that is tried alone, as shards with it ended their workers; null for none.</summary>
    public long? TrialLine { get; init; }

    /// <summary>How often the worker ended with that line.</summary>
    public required int TrialEnds { get; init; }

    /// <summary>Why shards wait that are not due yet.</summary>
    public IReadOnlyList<WaitingCause> Waiting { get; init; } = [];

    /// <summary>Shards of all batches that workers ended in the last minute.</summary>
    public required int EndedLastMinute { get; init; }

    public int Open => Ready + Dispatched + Running;

    public long Done => Completed + Failed;

    /// <summary>Shards that wait and are not due yet.</summary>
    public int PutOff => Waiting.Sum(w => w.Shards);
}
