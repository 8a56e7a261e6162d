using Sluice.Scheduler.Batches.Priorities;
using Sluice.Scheduler.Dispatch;
using Sluice.Scheduler.Forecasts;

namespace Sluice.Bench.Schedule;

/// <summary>A batch of the simulated world and how far it is.</summary>
internal sealed class SimulatedBatch
{
    public const int ShardLines = 100;

    public required Guid Id { get; init; }

    public required string Tenant { get; init; }

    public required string Model { get; init; }

    public required BatchPriority Priority { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset Deadline { get; init; }

    public required int Shards { get; init; }

    public int Ready { get; set; }

    public int Outstanding { get; set; }

    public TimeSpan Waited { get; set; }

    public DateTimeOffset ServedAt { get; set; }

    public bool IsRaised { get; set; }

    /// <summary>Null until all of it is done; stays null when its deadline came first.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>All that was foretold of it, and when.</summary>
    public List<(DateTimeOffset MadeAt, Forecast Said)> Forecasts { get; } = [];

    /// <summary>The first forecast of each kind, from which is learnt when it has ended.</summary>
    public Dictionary<ErrorKey, (DateTimeOffset MadeAt, double Seconds)> Marks { get; } = [];

    public DispatchCandidate ToCandidate() => new()
    {
        BatchId = Id,
        Tenant = Tenant,
        Priority = Priority,
        CreatedAt = CreatedAt,
        Deadline = Deadline,
        IsAtRisk = IsRaised,
        Waited = Waited,
        ServedAt = ServedAt,
        Ready = Ready,
        Outstanding = Outstanding,
        ShardLines = ShardLines,
    };
}
