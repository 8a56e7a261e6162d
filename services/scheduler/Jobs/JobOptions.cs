using System.ComponentModel.DataAnnotations;

namespace Sluice.Scheduler.Jobs;

/// <summary>Bounds of <c>POST /api/jobs</c> (section <c>Jobs</c>).</summary>
internal sealed class JobOptions
{
    public const string Section = "Jobs";

    /// <summary>
    /// Longest body; the gateway's <c>Limits:MaxRequestBytes</c> holds too. Default 8 MiB, 1 KiB to 256 MiB, bytes.
    /// </summary>
    [Range(1024, 256 * 1024 * 1024)]
    public int MaxBodyBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Most tasks of one job. Default 10,000, 1 to 1,000,000, tasks.</summary>
    [Range(1, 1_000_000)]
    public int MaxTasks { get; init; } = 10_000;

    /// <summary>
    /// <c>completion_window</c> of a job whose tasks name none. Default 24 h, 1 min to 30 days, whole minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan Window { get; init; } = TimeSpan.FromHours(24);

    /// <summary>
    /// How long the tasks as they were sent are kept; those of a job that has not ended are kept longer. Default 7
    /// days, 1 h to 365 days.
    /// </summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan InputRetention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// Results shown with the job itself, as far as 128 KiB of each kind go. Default 20, 0 to 1,000, results.
    /// </summary>
    [Range(0, 1000)]
    public int ShownResults { get; init; } = 20;
}
