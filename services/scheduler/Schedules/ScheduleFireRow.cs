namespace Sluice.Scheduler.Schedules;

/// <summary>A row of <c>schedule_fires</c>. Times of the driver are UTC.</summary>
internal sealed record ScheduleFireRow(Guid ScheduleId, DateTime FireAt, Guid? BatchId, string? Error);
