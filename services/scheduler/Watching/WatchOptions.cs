using System.ComponentModel.DataAnnotations;

namespace Sluice.Scheduler.Watching;

/// <summary>Watching batches while they run (section <c>Watch</c>), per scheduler.</summary>
internal sealed class WatchOptions
{
    public const string Section = "Watch";

    /// <summary>
    /// Time between two looks at a batch that somebody watches; all its readers here share them. Default 500 ms, 50 ms
    /// to 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Readers of events at once; one more gets 503. Default 1,000, 1 to 100,000, readers.</summary>
    [Range(1, 100_000)]
    public int MaxReaders { get; init; } = 1_000;

    /// <summary>Longest silence of an event stream. Default 12 s, 1 s to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>A reader that takes nothing for this long is cut off; it may come back. Default 30 s, 1 s to 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Results in one answer before a batch ends: a page that does not fit comes with the next one, but one page comes
    /// always. Default 4 MiB, 1 B to 1 GiB, bytes.
    /// </summary>
    [Range(1, 1L << 30)]
    public long MaxResultsBytes { get; init; } = 4L << 20;
}
