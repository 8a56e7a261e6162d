using System.ComponentModel.DataAnnotations;

namespace Sluice.BatchWorker.Flow;

/// <summary>
/// Configuration section <c>Flow</c>: how many calls a worker has open at a provider, and when it leaves one in
/// peace. Per process and provider; a provider's own <c>MaxConcurrency</c> is the upper bound.
/// </summary>
public sealed class FlowOptions
{
    public const string Section = "Flow";

    /// <summary>
    /// Calls open at one time at the start. From there the bound doubles each round trip until the first sign of
    /// trouble, and then grows by one. Default 64, range 1 to 10,000.
    /// </summary>
    [Range(1, 10_000)]
    public int InitialConcurrency { get; init; } = 64;

    /// <summary>The bound never falls below this. Default 1, range 1 to 1,000.</summary>
    [Range(1, 1000)]
    public int MinConcurrency { get; init; } = 1;

    /// <summary>
    /// What is left of the bound after a 429, a 5xx, a time-out or a broken connection; calls that began before the
    /// decrease cause no further one. Default 0.7, range 0.1 to 0.95.
    /// </summary>
    [Range(0.1, 0.95)]
    public double Decrease { get; init; } = 0.7;

    /// <summary>
    /// How many times as long as usual (a slow moving average of whole answers) calls may take of late (a fast one)
    /// before that is a sign of trouble, which leaves 0.9 of the bound. Differences below 50 ms are none. Default 2,
    /// range 1.1 to 100.
    /// </summary>
    [Range(1.1, 100)]
    public double LatencyTolerance { get; init; } = 2;

    /// <summary>
    /// How long a provider may answer with nothing but 429 before its lines are given back and their shards parked; so
    /// is one that asks for a longer pause than this. Default 30 s, range 100 ms to 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan LimitedFor { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Failures in a row (5xx, time-outs, broken and refused connections) after which a provider counts as down, even
    /// if its circuit still counts the successes before them. Fewer do when the last attempt of a line fails so, by no
    /// time-out, and no call that began after its first failure was answered. Not for one whose circuit is not
    /// enabled. Default 10, range 2 to 10,000.
    /// </summary>
    [Range(2, 10_000)]
    public int OutageRun { get; init; } = 10;

    /// <summary>
    /// How long a provider that is down (its circuit open, or not to be reached), limits everything or is out of quota
    /// is left in peace; then one line probes it. Doubles with each probe that fails. Default 5 s, range 100 ms to 10
    /// min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan ParkFor { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Longest time between two probes, unless the provider asks for more. Default 1 min, range 100 ms to 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan MaxParkFor { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How often a shard may be parked in a row, without a page, before its lines fail with what the provider says
    /// instead. By then its batch has usually expired. Default 1,000, range 0 (never parked) to 1,000,000.
    /// </summary>
    [Range(0, 1_000_000)]
    public int MaxParks { get; init; } = 1000;

    /// <summary>
    /// How often in a row a shard may go back, without a page, because a line of it got nothing but 429 (or no
    /// connection) to the end of the slice (<c>Worker:SliceFor</c>), although its provider lets others through. Then
    /// that is the line's final answer: it may be refused for its own size. It is put off for <see cref="ParkFor"/>,
    /// twice as long each time, up to <see cref="MaxParkFor"/>: with the defaults so many are 16 hours, in which even
    /// one of a hundred lines that compete has its turn; the lines before it make pages. Default 500, range 0 to
    /// 1,000,000.
    /// </summary>
    [Range(0, 1_000_000)]
    public int MaxLimitedRuns { get; init; } = 500;

    /// <summary>
    /// How often in a row a shard may be parked because the provider answered 500, without a page. Then these answers
    /// are taken for the lines' own, in all shards of the batch: each costs an attempt, and the lines fail by
    /// <c>Worker:MaxAttempts</c>. With the parks' default lengths that is after 7 minutes of nothing but 500, and
    /// sooner where the provider answers other lines in between. Also how often one line may park its provider because
    /// of 502, 503, 504 and connections, if others were answered after it failed: then those are its own,
    /// too. Default 10, range 1 to 1,000,000.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxErrorParks { get; init; } = 10;
}
