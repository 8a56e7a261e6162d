namespace Sluice.Scheduler.Schedules;

/// <summary>The answer to a deletion.</summary>
internal sealed record ScheduleDeletedView(string Id)
{
    public string Object { get; } = "schedule.deleted";

    public bool Deleted { get; } = true;
}
