using System.Text;
using Sluice.Scheduler.Batches.Creating;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Schedules;

/// <summary>A row of <c>schedules</c>. Times of the driver are UTC.</summary>
internal sealed record Schedule(
    Guid Id, string Tenant, string Cron, string TimeZone, string MisfirePolicy, string Request, DateTime CreatedAt)
{
    /// <summary>The batch that each fire asks for; null, with the reason, when this release takes it no more.</summary>
    public CreateBatchBody? Batch(out OpenAiErrorResult? refusal) =>
        CreateBatchBody.Parse(Encoding.UTF8.GetBytes(Request), out refusal);

    public CronLine Line() => CronLine.Stored(Cron, TimeZoneInfo.FindSystemTimeZoneById(TimeZone));
}
