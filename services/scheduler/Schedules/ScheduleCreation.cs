using System.Text;
using Microsoft.Extensions.Options;
using Npgsql;
using Quartz;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Files;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Schedules;

/// <summary>
/// Creates and deletes schedules. The trigger is stored first and removed last: one without its schedule removes itself
/// when it fires, a schedule without its trigger would be a promise that nobody keeps. A fire between the two waits for
/// the row.
/// </summary>
internal sealed class ScheduleCreation(
    SchedulerDbContext db, NpgsqlDataSource dataSource, ISchedulerFactory quartz, IOptions<ScheduleOptions> options,
    TimeProvider time)
{
    /// <summary>The schedule, or why there is none.</summary>
    public async Task<(Schedule? Schedule, OpenAiErrorResult? Refusal)> RunAsync(
        string tenant, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (ScheduleBody.Parse(json, out var refusal) is not { } body
            || CronLine.Parse(body.Cron, body.TimeZone, now, options.Value.MinInterval, out refusal) is not { } line)
        {
            return (null, refusal);
        }

        if (await CheckFileAsync(tenant, body.Batch.InputFileId, now, cancellationToken) is { } noFile)
        {
            return (null, noFile);
        }

        var schedule = new Schedule(
            Guid.CreateVersion7(time.GetUtcNow()), tenant, body.Cron, body.TimeZone.Id, body.MisfirePolicy,
            Encoding.UTF8.GetString(json.Span), now.UtcDateTime);
        var scheduler = await quartz.GetScheduler(cancellationToken);
        await StoreTriggerAsync(scheduler, schedule, line, cancellationToken);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (await ScheduleTable.InsertAsync(connection, schedule, options.Value.MaxPerTenant, cancellationToken))
        {
            return (schedule, null);
        }

        await scheduler.DeleteJob(ScheduleJob.KeyOf(schedule.Id), cancellationToken);
        return (null, OpenAiErrorResult.Conflict(
            $"There are {options.Value.MaxPerTenant} schedules, which is as many as there may be; delete one first.",
            code: "too_many_schedules"));
    }

    /// <summary>False when the tenant has no such schedule. A batch that it has made goes on.</summary>
    public async Task<bool> DeleteAsync(string tenant, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (!await ScheduleTable.DeleteAsync(connection, tenant, id, cancellationToken))
        {
            return false;
        }

        var scheduler = await quartz.GetScheduler(cancellationToken);
        await scheduler.DeleteJob(ScheduleJob.KeyOf(id), cancellationToken);
        return true;
    }

    private static async Task StoreTriggerAsync(
        IScheduler scheduler, Schedule schedule, CronLine line, CancellationToken cancellationToken)
    {
        var key = ScheduleJob.KeyOf(schedule.Id);
        var job = JobBuilder.Create<ScheduleJob>().WithIdentity(key).RequestRecovery().Build();
        var trigger = TriggerBuilder.Create()
            .WithIdentity(key.Name, key.Group)
            .ForJob(key)
            .WithSchedule(CronScheduleBuilder.Create(line.Expression)
                .WithMisfireInstruction(MisfirePolicy.Instruction(schedule.MisfirePolicy)))
            .Build();
        await scheduler.ScheduleJob(job, trigger, cancellationToken: cancellationToken);
    }

    private async Task<OpenAiErrorResult?> CheckFileAsync(
        string tenant, string id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var file = PublicId.TryParseFile(id, out var key)
            ? await db.FindAsync(tenant, key, now, cancellationToken)
            : null;
        return file is null ? FilesEndpoints.NotFound(id, "input_file_id")
            : file.Purpose != FilePurpose.Batch
                ? OpenAiErrorResult.BadRequest(
                    $"The purpose of {id} is '{file.Purpose}', not '{FilePurpose.Batch}'.",
                    "input_file_id",
                    "invalid_purpose")
            : null;
    }
}
