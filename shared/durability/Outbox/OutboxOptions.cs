using System.ComponentModel.DataAnnotations;

namespace Sluice.Durability.Outbox;

/// <summary>Configuration section <c>Outbox</c>: the relay and the inbox of a process.</summary>
public sealed class OutboxOptions
{
    public const string Section = "Outbox";

    /// <summary>Rows claimed at once, and published at once, by one lane. Default 500, range 1 to 5,000.</summary>
    [Range(1, 5000)]
    public int BatchSize { get; init; } = 500;

    /// <summary>
    /// Batches under way at once: while one is being confirmed, the next is read. The window of unconfirmed messages is
    /// BatchSize × Lanes. Default 4, range 1 to 8.
    /// </summary>
    [Range(1, 8)]
    public int Lanes { get; init; } = 4;

    /// <summary>
    /// How long a claim keeps other relays away, and so how long rows wait whose relay was killed with them in hand.
    /// Default 6 s, range 1 s to 10 min; above PublishTimeout.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long the broker may take to confirm a batch. Default 4 s, range 0.5 s to 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:05:00")]
    public TimeSpan PublishTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Shortest pause between looks for rows of other processes. Default 50 ms, range 5 ms to 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.005", "00:00:10")]
    public TimeSpan PollMin { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Longest pause, reached by doubling while nothing is found. Default 0.5 s, range 10 ms to 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan PollMax { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// First delay of a row that failed; it doubles with each attempt. Default 0.25 s, range 10 ms to 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan BackOffMin { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Longest delay of a row that failed. Default 30 s, range 10 ms to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan BackOffMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Attempts after which a row that the broker answers with an error is moved to <c>outbox_dead</c>. Default 12,
    /// range 1 to 1,000. A broker that is away, or cannot keep a message (nack), a destination that has no queue yet,
    /// and a channel that another row made the broker close do not count.
    /// </summary>
    [Range(1, 1000)]
    public int MaxAttempts { get; init; } = 12;

    /// <summary>
    /// How long the inbox remembers a consumed message. Default 24 h, range 1 s to 90 d; above the longest time in
    /// which the broker or a replay can deliver a message again.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "90.00:00:00")]
    public TimeSpan InboxRetention { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How often old inbox rows are deleted. Default 1 min, range 50 ms to 1 d.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "1.00:00:00")]
    public TimeSpan InboxCleanupEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Inbox rows deleted by one statement. Default 1,000, range 1 to 100,000.</summary>
    [Range(1, 100_000)]
    public int InboxCleanupBatch { get; init; } = 1000;

    /// <summary>How often depth and lag are measured. Default 5 s, range 50 ms to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan MeasureEvery { get; init; } = TimeSpan.FromSeconds(5);
}
