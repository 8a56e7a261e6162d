using Dapper;
using Npgsql;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Schedules;

/// <summary>The statements on schedules and their fires.</summary>
internal static class ScheduleTable
{
    private const string S = SchedulerSchema.Name;
    private const string Columns =
        """
        id AS Id, tenant AS Tenant, cron AS Cron, time_zone AS TimeZone, misfire_policy AS MisfirePolicy,
        request AS Request, created_at AS CreatedAt
        """;

    /// <summary>
    /// False when the tenant has as many as it may have; requests of one tenant go one after the other.
    /// </summary>
    public static async Task<bool> InsertAsync(
        NpgsqlConnection connection, Schedule schedule, int max, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new(
            "SELECT pg_advisory_xact_lock(hashtextextended(@Tenant, 30004))",
            new { schedule.Tenant },
            cancellationToken: cancellationToken));
        var inserted = await connection.ExecuteAsync(new(
            $"""
             INSERT INTO {S}.schedules (id, tenant, cron, time_zone, misfire_policy, request, created_at)
             SELECT @Id, @Tenant, @Cron, @TimeZone, @MisfirePolicy, @Request, @CreatedAt
             WHERE (SELECT count(*) FROM {S}.schedules WHERE tenant = @Tenant) < @max
             """,
            new
            {
                schedule.Id, schedule.Tenant, schedule.Cron, schedule.TimeZone, schedule.MisfirePolicy,
                schedule.Request, schedule.CreatedAt, max,
            },
            cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return inserted == 1;
    }

    /// <summary>Of whatever tenant; for fires alone.</summary>
    public static Task<Schedule?> FindAsync(
        NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<Schedule>(new(
            $"SELECT {Columns} FROM {S}.schedules WHERE id = @id", new { id }, cancellationToken: cancellationToken));

    public static Task<Schedule?> FindAsync(
        NpgsqlConnection connection, string tenant, Guid id, CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<Schedule>(new(
            $"SELECT {Columns} FROM {S}.schedules WHERE tenant = @tenant AND id = @id",
            new { tenant, id },
            cancellationToken: cancellationToken));

    /// <summary>The tenant's schedules after one of them, oldest first.</summary>
    public static async Task<IReadOnlyList<Schedule>> ListAsync(
        NpgsqlConnection connection, string tenant, Guid? after, int limit, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<Schedule>(new(
            $"""
             SELECT {Columns} FROM {S}.schedules
             WHERE tenant = @tenant AND (@after::uuid IS NULL OR (created_at, id) > (
                 SELECT created_at, id FROM {S}.schedules WHERE id = @after AND tenant = @tenant))
             ORDER BY created_at, id LIMIT @limit
             """,
            new { tenant, after, limit },
            cancellationToken: cancellationToken))).AsList();

    public static async Task<bool> DeleteAsync(
        NpgsqlConnection connection, string tenant, Guid id, CancellationToken cancellationToken) =>
        await connection.ExecuteAsync(new(
            $"DELETE FROM {S}.schedules WHERE tenant = @tenant AND id = @id",
            new { tenant, id },
            cancellationToken: cancellationToken)) == 1;

    /// <summary>The last fires of these schedules, newest first.</summary>
    public static async Task<ILookup<Guid, ScheduleFireRow>> FiresAsync(
        NpgsqlConnection connection, IReadOnlyCollection<Guid> schedules, int each,
        CancellationToken cancellationToken) =>
        (await connection.QueryAsync<ScheduleFireRow>(new(
            $"""
             SELECT f.schedule_id AS ScheduleId, f.fire_at AS FireAt, f.batch_id AS BatchId, f.error AS Error
             FROM unnest(@schedules) AS s (id) CROSS JOIN LATERAL (
                 SELECT * FROM {S}.schedule_fires WHERE schedule_id = s.id ORDER BY fire_at DESC LIMIT @each) AS f
             ORDER BY f.schedule_id, f.fire_at DESC
             """,
            new { schedules = schedules.ToArray(), each },
            cancellationToken: cancellationToken))).ToLookup(f => f.ScheduleId);

    public static Task<bool> HasFiredAsync(
        NpgsqlConnection connection, Guid id, DateTimeOffset fireAt, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<bool>(new(
            $"SELECT EXISTS (SELECT FROM {S}.schedule_fires WHERE schedule_id = @id AND fire_at = @fireAt)",
            new { id, fireAt },
            cancellationToken: cancellationToken));

    /// <summary>Writes what came of a fire, unless that was done, and forgets the oldest ones.</summary>
    public static Task RecordAsync(
        NpgsqlConnection connection, Guid id, DateTimeOffset fireAt, Guid? batchId, string? error, int kept,
        CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"""
             INSERT INTO {S}.schedule_fires (schedule_id, fire_at, batch_id, error)
             SELECT @id, @fireAt, @batchId, @error FROM {S}.schedules WHERE id = @id
             ON CONFLICT DO NOTHING;
             DELETE FROM {S}.schedule_fires WHERE schedule_id = @id AND fire_at < (
                 SELECT fire_at FROM {S}.schedule_fires WHERE schedule_id = @id
                 ORDER BY fire_at DESC OFFSET @kept - 1 LIMIT 1)
             """,
            new { id, fireAt, batchId, error, kept },
            cancellationToken: cancellationToken));
}
