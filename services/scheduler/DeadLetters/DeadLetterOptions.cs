using System.ComponentModel.DataAnnotations;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>Bounds of the dead letters and of their replay (section <c>DeadLetters</c>).</summary>
internal sealed class DeadLetterOptions
{
    public const string Section = "DeadLetters";

    /// <summary>
    /// Letters that are kept; beyond it the replayed ones go first, then the oldest. Default 1,000,000, 1,000 to
    /// 100,000,000, letters.
    /// </summary>
    [Range(1000, 100_000_000)]
    public int MaxLetters { get; init; } = 1_000_000;

    /// <summary>How long a letter is kept. Default 30 days, 1 min to 3,650 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(30);

    /// <summary>
    /// Longest body of a message that is kept; of a longer one only cause and headers are, and it cannot be replayed.
    /// Default 1 MiB, 1 KiB to 64 MiB, bytes.
    /// </summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int MaxPayloadBytes { get; init; } = 1024 * 1024;

    /// <summary>Time between two removals of what is beyond these bounds. Default 1 min, 1 s to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Messages of one queue that are taken in at once. Default 16, 1 to 1,000, messages.</summary>
    [Range(1, 1000)]
    public ushort Prefetch { get; init; } = 16;

    /// <summary>
    /// How often it is looked for queues whose owner has started by now, and for messages that the outbox gave up.
    /// Default 5 s, 0.1 s to 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan IntakeInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Letters that one replay may take. Default 100,000, 1 to 10,000,000, letters.</summary>
    [Range(1, 10_000_000)]
    public int MaxReplay { get; init; } = 100_000;

    /// <summary>Lines of one follow-up batch. Default 50,000, 1 to 1,000,000, lines.</summary>
    [Range(1, 1_000_000)]
    public int MaxLines { get; init; } = 50_000;

    /// <summary>
    /// Bytes of the input file of one follow-up batch; a longer line makes one of its own. Default 100 MiB, 1 KiB to 2
    /// GiB, bytes.
    /// </summary>
    [Range(1024, 2L * 1024 * 1024 * 1024)]
    public long MaxBytes { get; init; } = 100L * 1024 * 1024;

    /// <summary>
    /// Messages, or webhooks, that are sent again in one transaction. Default 500, 1 to 10,000, messages.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxMessages { get; init; } = 500;

    /// <summary>
    /// How often a replay that has more to do is looked for. Default 1 s, 0.05 s to 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan ReplayInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a replay waits for what becomes of messages that it has sent and whose consumer keeps no record: then
    /// they count as consumed. All tries of a message take as long by default (<c>Messaging:RedeliveryIntervals</c>).
    /// Default 3 min, 0.1 s to 1 d.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan MessagePatience { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>
    /// How long a replay waits whose tenant has as much queued as it may. Default 10 s, 0.1 s to 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan WhenFull { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Lines that a replay with a rate sends at once: those of this time, as one follow-up batch. Default 10 s, 1 s to
    /// 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan StepSpan { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest body of a replay request. Default 1 MiB, 1 KiB to 16 MiB, bytes.</summary>
    [Range(1024, 16 * 1024 * 1024)]
    public int MaxBodyBytes { get; init; } = 1024 * 1024;
}
