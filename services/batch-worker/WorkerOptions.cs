using System.ComponentModel.DataAnnotations;

namespace Sluice.BatchWorker;

/// <summary>Configuration section <c>Worker</c>: how a batch worker runs shards. Limits are per process.</summary>
public sealed class WorkerOptions
{
    public const string Section = "Worker";

    /// <summary>
    /// Shards of each priority class held at one time; also the prefetch of its queue. Default 4, range 1 to 64.
    /// </summary>
    [Range(1, 64)]
    public int ConcurrentShards { get; init; } = 4;

    /// <summary>
    /// Calls to providers open at one time, over all shards, besides each provider's own <c>MaxConcurrency</c>; also
    /// the lines of one shard in hand (running, waiting for a slot or for a retry). A slot that becomes free goes to a
    /// line of the highest class that waits. Default 256, range 1 to 10,000.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxConcurrentLines { get; init; } = 256;

    /// <summary>
    /// Input bytes of the lines in hand, over all shards; one line may exceed it alone. Default 32 MiB, range 64 KiB to
    /// 1 GiB.
    /// </summary>
    [Range(64L << 10, 1L << 30)]
    public long MaxLineBytes { get; init; } = 32L << 20;

    /// <summary>Lines after which a result page is written. Default 256, range 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int PageLines { get; init; } = 256;

    /// <summary>
    /// Bytes after which a result page is written; a longer line makes a page of its own. A shard buffers two pages.
    /// Default 512 KiB, range 1 KiB to 16 MiB.
    /// </summary>
    [Range(1 << 10, 16 << 20)]
    public int PageBytes { get; init; } = 512 << 10;

    /// <summary>
    /// Age of a finished line at which its page is written: what a killed worker finished within it is run again.
    /// Default 50 ms, range 10 ms to 1 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:01")]
    public TimeSpan PageInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Attempts at a line before its failure is final; rate limits do not count. Default 5, range 1 to 100.
    /// </summary>
    [Range(1, 100)]
    public int MaxAttempts { get; init; } = 5;

    /// <summary>
    /// Back-off before the second attempt; doubles each time, with jitter. Default 0.5 s, range 1 ms to 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest back-off, unless the provider asks for more. Default 30 s, range 1 ms to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long after a line's first attempt another one may begin, waits included; then the last answer is final.
    /// Default 10 min, range 0 to 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a line is put off by rate limits (429, or all connections in use) or by a provider that is
    /// spared because it keeps failing, without another answer in between, until it goes back with its shard, to run
    /// later, at the latest when the slice ends; <c>Flow:MaxLimitedRuns</c> bounds that. Default 10 min, range 0 to 14
    /// min; <see cref="RetryFor"/> bounds it too.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:14:00")]
    public TimeSpan RateLimitedFor { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How often the shards in hand are renewed; bounds the time to hear of a cancel. Default 0.5 s, range 50 ms to 1
    /// s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:01")]
    public TimeSpan RenewEvery { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// A shard's time slice: how long its lines begin, and how long its delivery is held. Then those that have had no
    /// place at their provider yet become a shard of their own, and the others are finished under the lease. Default 1
    /// min, range 100 ms to 15 min (the broker's acknowledgement timeout is 30).
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:15:00")]
    public TimeSpan SliceFor { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How often a worker may die with a shard, no page of it committed, before it is run in quarantine: nothing beside
    /// it in the process, one line at a time. One death says little, as everything in hand shares it. Default 2, range
    /// 1 to 100.
    /// </summary>
    [Range(1, 100)]
    public int QuarantineAfter { get; init; } = 2;

    /// <summary>
    /// How often the process may end with a line while nothing else ran, before it is not run again and its error
    /// (<c>line_crashed_worker</c>) is final. Default 2, range 1 to 100.
    /// </summary>
    [Range(1, 100)]
    public int MaxLineCrashes { get; init; } = 2;

    /// <summary>
    /// How many runs of a shard in a row may end with an error of ours and without a page, before the errors of its
    /// lines (<c>shard_failed</c>) are final; the pauses between them double from 1 s to 30 s. An outage of the
    /// database does not count. Default 10, range 1 to 1,000.
    /// </summary>
    [Range(1, 1000)]
    public int MaxShardFailures { get; init; } = 10;

    /// <summary>
    /// After SIGTERM: how long lines in flight may take to finish before they are cancelled and their shards handed
    /// back. Default 20 s, range 0 to 20 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:20")]
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(20);
}
