using System.ComponentModel.DataAnnotations;

namespace Sluice.Scheduler.Schedules;

/// <summary>Recurring batches (section <c>Schedules</c>).</summary>
internal sealed class ScheduleOptions
{
    public const string Section = "Schedules";

    /// <summary>Schedules of one tenant. Default 100, 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int MaxPerTenant { get; init; } = 100;

    /// <summary>Shortest time between two fires of a schedule. Default 1 min, 1 s to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MinInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// A fire that is later than this was missed: its schedule's policy decides. Default 1 min, 1 s to 1 day.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MisfireThreshold { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Fires at once in this process. Default 4, 1 to 100.</summary>
    [Range(1, 100)]
    public int Concurrency { get; init; } = 4;

    /// <summary>How many of a schedule's past fires are kept. Default 100, 1 to 10,000.</summary>
    [Range(1, 10_000)]
    public int KeptFires { get; init; } = 100;
}
