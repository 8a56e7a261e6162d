using System.ComponentModel.DataAnnotations;

namespace Sluice.Scheduler.Batches.Validation;

/// <summary>Bounds of a batch's input file and of the work of checking it (section <c>Validation</c>).</summary>
internal sealed class ValidationOptions
{
    public const string Section = "Validation";

    /// <summary>Most lines of an input file. Default 50,000, 1 to 1,000,000, lines.</summary>
    [Range(1, 1_000_000)]
    public int MaxLines { get; init; } = 50_000;

    /// <summary>Longest line without its line end. Default 1 MiB, 1 KiB to 16 MiB, bytes.</summary>
    [Range(1024, 16 * 1024 * 1024)]
    public int MaxLineBytes { get; init; } = 1024 * 1024;

    /// <summary>Bad lines kept with the batch; all are counted. Default 100, 1 to 10,000, lines.</summary>
    [Range(1, 10_000)]
    public int MaxErrors { get; init; } = 100;

    /// <summary>
    /// Lines of a shard where their time is not known. Default 100, 1 to 10,000, lines.
    /// </summary>
    [Range(1, 10_000)]
    public int ShardLines { get; init; } = 100;

    /// <summary>
    /// Fewest lines of a shard, when they were measured to be slow; at most <see cref="ShardLines"/> counts. A worker
    /// runs four shards at once, so this bounds the calls that it can have open, too. Default 16 (64 calls, with which
    /// a provider begins: <c>Flow:InitialConcurrency</c>), 1 to 10,000, lines.
    /// </summary>
    [Range(1, 10_000)]
    public int MinShardLines { get; init; } = 16;

    /// <summary>
    /// Most lines of a shard, when they are quick; one above <see cref="ShardLines"/> cuts larger shards by measured
    /// times. Default 1,000, 1 to 10,000, lines.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxShardLines { get; init; } = 1000;

    /// <summary>
    /// The time in which a worker that does nothing else should do a shard; as it runs four at once, each takes four
    /// times as long, and at a batch's end the others wait for the last one. Default 100 ms, 1 ms to 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan ShardFor { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// A shard ends early before it grows past this, so that a worker can hold it; a longer line is a shard of its own.
    /// Default 1 MiB, 1 KiB to 64 MiB, bytes.
    /// </summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int ShardBytes { get; init; } = 1024 * 1024;

    /// <summary>Shards written in one transaction. Default 1,000, 1 to 10,000, shards.</summary>
    [Range(1, 10_000)]
    public int InsertChunk { get; init; } = 1000;

    /// <summary>
    /// How long a validation whose message became a dead letter waits before it is tried again; twice as long each
    /// time, up to 64 times this. Default 1 min, 10 ms to 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How often it is tried again before the batch fails, of a batch without a deadline and of one whose validation
    /// ends its processes; any other is until its deadline. Default 10 (five hours), 0 to 1,000.
    /// </summary>
    [Range(0, 1000)]
    public int MaxRetries { get; init; } = 10;

    /// <summary>Input files checked at once by one scheduler. Default 2, 1 to 64, files.</summary>
    [Range(1, 64)]
    public int Concurrency { get; init; } = 2;
}
