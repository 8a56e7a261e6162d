using System.ComponentModel.DataAnnotations;

namespace Sluice.Scheduler.Dispatch;

/// <summary>Giving shards to workers, and taking them back from dead ones (section <c>Dispatch</c>).</summary>
internal sealed class DispatchOptions
{
    public const string Section = "Dispatch";

    /// <summary>
    /// Longest time between two rounds; completions, transitions and recoveries wake one at once. Default 250 ms, 10 ms
    /// to 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Shortest time between two rounds of one scheduler: signals that come faster are merged. Default 20 ms, 0 to 1 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan MinInterval { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Most shards outstanding (in the broker or running) for each living worker; the rest waits in the table, where
    /// order can still change. Within this bound and <see cref="MinWindow"/> as many are outstanding as ended in the
    /// last 2 s. At 80 short shards a second a worker lives 0.4 s of it. Default 32, 1 to 10,000, shards per worker.
    /// </summary>
    [Range(1, 10_000)]
    public int Window { get; init; } = 32;

    /// <summary>
    /// Fewest places for each living worker, however slow its lines are: what it runs at one time
    /// (<c>Worker:ConcurrentShards</c>, 4) and as many to go on with. At most <see cref="Window"/> counts. Default 8, 1
    /// to 10,000, shards per worker.
    /// </summary>
    [Range(1, 10_000)]
    public int MinWindow { get; init; } = 8;

    /// <summary>
    /// Batches with something to dispatch that a round looks at: by class, then those at risk, then the first of each
    /// tenant, the second of each, and so on. What it leaves out comes in the next one. Also batches that it reports as
    /// ended. Default 1,000, 1 to 100,000, batches.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxBatches { get; init; } = 1000;

    /// <summary>
    /// While shards of a batch are parked because a provider is down or refuses, one other shard of it at a time is
    /// dispatched, this long after the last park: it tells that the provider is back, or is parked too. Default 1 s,
    /// 10 ms to 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan ParkedProbeEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a batch waits for its turn until it is raised by one class of priority, and by another one each time
    /// it has waited as long again. Waits below a sixtieth of it, and below 1 s, do not count. Default 1 h, 1 s to 30
    /// days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan AgeingStep { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Lines that a tenant of weight 1, or a batch among those of its tenant, gets in a turn before the next one has
    /// its own. As many as a shard usually has, so that turns are single shards. Default 100, 1 to 10,000, lines.
    /// </summary>
    [Range(1, 10_000)]
    public int Quantum { get; init; } = 100;

    /// <summary>
    /// A batch without an open shard is reported to its saga; how long until it is reported again if nothing happens.
    /// Default 5 s, 100 ms to 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan RepeatAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time between two looks for shards to take back. Default 250 ms, 10 ms to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan RecoveryInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// A running shard whose message came again is suspect; its owner clears that within its renewal interval (0.5 s),
    /// or loses the shard after this. Default 1.5 s, 500 ms to 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:01:00")]
    public TimeSpan SuspectAfter { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// A dispatched shard that nobody took within this, and three times as long as the oldest running one of its class
    /// runs, of which at most <see cref="RedispatchSlack"/> counts, is dispatched again: its message is lost, and not
    /// waiting for workers with slow lines. One whose message is stored as a dead letter does not wait for this the
    /// first time. Default 60 s, 1 s to 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RedispatchAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Most that slow shards of the same class add to <see cref="RedispatchAfter"/>: two time slices of a worker
    /// (<c>Worker:SliceFor</c>, 60 s), after which it has taken the next ones, however slow a line is. Default 2 min,
    /// 0 to 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan RedispatchSlack { get; init; } = TimeSpan.FromMinutes(2);
}
