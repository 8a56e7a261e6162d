using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Batches.Creating;
using Sluice.ServiceDefaults.Creations;

namespace Sluice.Scheduler.Schedules;

/// <summary>
/// One fire: one batch, however often and wherever it is run. The batch is created under a key that the schedule and
/// the time make, so that a process that dies before it is recorded leads to the same one.
/// </summary>
internal sealed partial class ScheduleFire(
    NpgsqlDataSource dataSource,
    IServiceScopeFactory scopes,
    IOptions<ScheduleOptions> options,
    ILogger<ScheduleFire> logger)
{
    /// <summary>False when there is no such schedule any more.</summary>
    /// <exception cref="InvalidOperationException">Another process creates this batch at the moment.</exception>
    public async Task<bool> RunAsync(Guid id, DateTimeOffset fireAt, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } schedule)
        {
            return false;
        }

        if (await HasFiredAsync(id, fireAt, cancellationToken))
        {
            return true;
        }

        var result = await CreateAsync(schedule, fireAt, cancellationToken);
        if (result.Refusal is { Error.Code: "idempotency_key_in_use" })
        {
            throw new InvalidOperationException("Another process creates the batch of this fire.");
        }

        var batch = result.Batch?.CorrelationId;
        var error = result.Refusal?.Error.Message;
        await RecordAsync(id, fireAt, batch, error, cancellationToken);
        Log.Fired(
            logger, PublicId.Schedule(id), fireAt, batch is { } made ? PublicId.Batch(made) : $"no batch: {error}");
        return true;
    }

    private async Task<CreationResult> CreateAsync(
        Schedule schedule, DateTimeOffset fireAt, CancellationToken cancellationToken)
    {
        if (schedule.Batch(out var refusal) is not { } batch)
        {
            return refusal!;
        }

        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<BatchCreation>()
            .RunAsync(Request(schedule, fireAt), batch, cancellationToken);
    }

    private static CreationRequest Request(Schedule schedule, DateTimeOffset fireAt)
    {
        var time = fireAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        return new(
            schedule.Tenant,
            SHA256.HashData(Encoding.UTF8.GetBytes(schedule.Request)),
            $"{PublicId.Schedule(schedule.Id)}:{time}",
            0,
            fireAt);
    }

    private async Task<Schedule?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await ScheduleTable.FindAsync(connection, id, cancellationToken);
    }

    private async Task<bool> HasFiredAsync(Guid id, DateTimeOffset fireAt, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await ScheduleTable.HasFiredAsync(connection, id, fireAt, cancellationToken);
    }

    private async Task RecordAsync(
        Guid id, DateTimeOffset fireAt, Guid? batch, string? error, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await ScheduleTable.RecordAsync(
            connection, id, fireAt, batch, error, options.Value.KeptFires, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Schedule} fired for {FireAt}: {Outcome}")]
        public static partial void Fired(ILogger logger, string schedule, DateTimeOffset fireAt, string outcome);
    }
}
