using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.Schedules;

/// <summary>What came of a fire.</summary>
/// <param name="FireAt">When it was due, Unix seconds.</param>
/// <param name="BatchId">The batch; null when there is none.</param>
/// <param name="Error">Why there is none.</param>
internal sealed record ScheduleFireView(long FireAt, string? BatchId, string? Error)
{
    public static ScheduleFireView Of(ScheduleFireRow row) => new(
        new DateTimeOffset(row.FireAt).ToUnixTimeSeconds(),
        row.BatchId is { } batch ? PublicId.Batch(batch) : null,
        row.Error);
}
