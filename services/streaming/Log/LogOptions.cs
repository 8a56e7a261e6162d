using System.ComponentModel.DataAnnotations;

namespace Sluice.Streaming.Log;

/// <summary>Configuration section <c>Log</c>: bounds of the response log.</summary>
internal sealed class LogOptions
{
    public const string Section = "Log";

    /// <summary>
    /// Bytes of one response that wait for their commit; then reading from the provider pauses. Default 262,144
    /// (256 KiB); 4 KiB to 64 MiB.
    /// </summary>
    [Range(4 << 10, 64 << 20)]
    public int MaxUncommittedBytes { get; init; } = 256 << 10;

    /// <summary>
    /// Bytes of all responses that wait for their commit; then only those with none of their own read on. Default
    /// 268,435,456 (256 MiB); 64 KiB to 64 GiB.
    /// </summary>
    [Range(64L << 10, 64L << 30)]
    public long MaxTotalUncommittedBytes { get; init; } = 256L << 20;

    /// <summary>
    /// Bytes that one commit takes at most, once it has one response's. Default 4 MiB; 64 KiB to 64 MiB.
    /// </summary>
    [Range(64 << 10, 64 << 20)]
    public int MaxCommitBytes { get; init; } = 4 << 20;

    /// <summary>
    /// Bytes of one running response kept in memory for its readers; one that is behind goes on from the database.
    /// Default 1 MiB; 32 KiB to 256 MiB.
    /// </summary>
    [Range(32 << 10, 256 << 20)]
    public int MaxWindowBytes { get; init; } = 1 << 20;

    /// <summary>
    /// How often what a running response has in the journal becomes a row of its own, which readers at other instances
    /// see. Default 250 ms; 10 ms to 10 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:10")]
    public TimeSpan RowInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Rows that a reader takes from the database at a time. Default 500; 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int PageRows { get; init; } = 500;

    /// <summary>
    /// Bytes that a reader takes from the database at a time, up to one row more: what each that is behind may hold.
    /// Default 262,144 (256 KiB); 4 KiB to 64 MiB.
    /// </summary>
    [Range(4 << 10, 64 << 20)]
    public int PageBytes { get; init; } = 256 << 10;

    /// <summary>
    /// Responses that were taken over and read at the same time what they have said so far, a page each; others wait
    /// for that. Default 8; 1 to 1,000.
    /// </summary>
    [Range(1, 1_000)]
    public int MaxReplays { get; init; } = 8;

    /// <summary>
    /// How often a reader looks for more of a response that another instance generates. Default 100 ms; 10 ms to 10 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:10")]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long a commit, or where none is due a renewal of the instance, may wait or fail before new work gets 503.
    /// Default 1 s; 50 ms to 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan StallAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a commit may wait or fail before running responses end with an error event. Default 30 s; 100 ms to 1
    /// h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan CommitDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long one attempt to commit may take; then the next begins on another connection. Default 5 s; 100 ms to 1
    /// min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan CommitTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Largest request that is stored so that another instance can go on with its answer, in bytes. Default 262,144
    /// (256 KiB); 0 (none) to 32 MiB.
    /// </summary>
    [Range(0, 32 << 20)]
    public int MaxRequestBytes { get; init; } = 256 << 10;

    /// <summary>
    /// How long a response can be read, from its creation on; then it is <c>response_expired</c>. Default 24 h; 1 min
    /// to 30 d.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How often ended responses are compacted. Default 2 s; 50 ms to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00")]
    public TimeSpan CompactInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Payload of a compacted row, in bytes, up to one original row more; a running response that has as much in the
    /// journal gets its row at once. Default 65,536; 1 KiB to 16 MiB.
    /// </summary>
    [Range(1 << 10, 16 << 20)]
    public int CompactedRowBytes { get; init; } = 64 << 10;
}
