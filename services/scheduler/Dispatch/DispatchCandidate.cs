using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Batches.Priorities;

namespace Sluice.Scheduler.Dispatch;

/// <summary>A batch in progress, as a round sees it.</summary>
internal sealed record DispatchCandidate
{
    private const int NumbersPerClass = 10;

    // Shorter waits are the breaks between two rounds, and what its last shards took to run.
    private const int CountedPartOfStep = 60;
    private static readonly TimeSpan LongestBreak = TimeSpan.FromSeconds(1);

    public required Guid BatchId { get; init; }

    public required string Tenant { get; init; }

    public required BatchPriority Priority { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null for none.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Whether it is predicted to miss its deadline unless it goes first.</summary>
    public bool IsAtRisk { get; init; }

    /// <summary>None of its shards is to be dispatched.</summary>
    public bool IsPaused { get; init; }

    /// <summary>How long it has waited for its turn before <see cref="ServedAt"/>, over its whole life.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>
    /// When a shard of it was last dispatched; before the first, when it began to wait. Later if shards of it were
    /// parked since: the time at which they were due, and now while they are.
    /// </summary>
    public required DateTimeOffset ServedAt { get; init; }

    /// <summary>
    /// Shards that wait in the table and are due; counted up to the window only. While shards of the batch are parked,
    /// one at a time, and none soon after a park: it tells whether the provider is back.
    /// </summary>
    public required int Ready { get; init; }

    /// <summary>Shards in the broker or running.</summary>
    public int Outstanding { get; init; }

    /// <summary>
    /// Lines without a result of the first of them, in the order in which they are claimed: pieces that were split off,
    /// and shards that came back, are charged for what there is to run of them.
    /// </summary>
    public IReadOnlyList<int> ReadyLines { get; init; } = [];

    /// <summary>Lines of a shard, on average, for those whose own are not known; at least 1.</summary>
    public double ShardLines { get; init; } = 100;

    /// <summary>Trace of the request that created it; null for none.</summary>
    public string? TraceParent { get; init; }

    /// <summary>What its next shard is charged with when so many are planned already; at least 1.</summary>
    public double LinesAfter(int planned) =>
        planned < ReadyLines.Count ? Math.Max(ReadyLines[planned], 1) : ShardLines;

    /// <summary>A wait that is shorter does not count.</summary>
    public static TimeSpan LeastWait(TimeSpan ageingStep) =>
        ageingStep / CountedPartOfStep is var part && part > LongestBreak ? part : LongestBreak;

    /// <summary>All its waiting. A batch with shards at work is not waiting.</summary>
    public TimeSpan WaitedAt(DateTimeOffset now, TimeSpan ageingStep)
    {
        var wait = now - ServedAt;
        return Outstanding > 0 || wait < LeastWait(ageingStep) ? Waited : Waited + wait;
    }

    /// <summary>Its priority after ageing: each step waited raises it by one class, at most to critical.</summary>
    public BatchPriority PriorityAt(DateTimeOffset now, TimeSpan ageingStep)
    {
        var steps = (int)Math.Min(WaitedAt(now, ageingStep) / ageingStep, (int)ShardClass.Low);
        return new(Math.Max(
            Priority.Number % NumbersPerClass, Priority.Number - (NumbersPerClass * Math.Max(steps, 0))));
    }
}
