using System.Buffers.Binary;
using Quartz;
using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.Schedules;

/// <summary>
/// What Quartz runs when a schedule is due. Its group and name are the schedule's; when a process dies at it, another
/// one runs it again for the same time.
/// </summary>
internal sealed partial class ScheduleJob(ScheduleFire fire, TimeProvider time, ILogger<ScheduleJob> logger) : IJob
{
    private const string Group = "schedules";
    private const int Tries = 120;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static JobKey KeyOf(Guid schedule) => new(PublicId.Schedule(schedule), Group);

    public async ValueTask Execute(
        IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var key = context.JobDetail.Key;
        _ = PublicId.TryParseSchedule(key.Name, out var schedule);
        var fireAt = context.ScheduledFireTimeUtc ?? context.FireTimeUtc;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await fire.RunAsync(schedule, fireAt, cancellationToken))
                {
                    return;
                }

                if (attempt >= Tries || !MayBeOnItsWay(schedule))
                {
                    // Deleted, and the process died before it told Quartz; or never quite created.
                    await context.Scheduler.DeleteJob(key, cancellationToken);
                    return;
                }
            }
            catch (Exception e) when (attempt < Tries && !cancellationToken.IsCancellationRequested)
            {
                // Quartz would count the fire as done: it is tried through an outage of the database of two minutes.
                Log.Failed(logger, key.Name, fireAt, e);
            }

            await Task.Delay(Pause, time, cancellationToken);
            if (await context.Scheduler.GetJobDetail(key, cancellationToken) is null)
            {
                // Refused, or deleted meanwhile: nothing comes that is worth one of Quartz's threads.
                return;
            }
        }
    }

    /// <summary>
    /// Whether its creation may have stored the trigger and not yet the row: that takes two statements, each bounded by
    /// the database's time-outs, and begins when the id is made.
    /// </summary>
    private bool MayBeOnItsWay(Guid schedule)
    {
        Span<byte> id = stackalloc byte[16];
        _ = schedule.TryWriteBytes(id, bigEndian: true, out _);
        var made = BinaryPrimitives.ReadInt64BigEndian(id) >> 16;
        return time.GetUtcNow().ToUnixTimeMilliseconds() - made < (Tries * Pause).TotalMilliseconds;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Schedule} could not fire for {FireAt}; it is tried again")]
        public static partial void Failed(ILogger logger, string schedule, DateTimeOffset fireAt, Exception failure);
    }
}
