using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Batches.Creating;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.Scheduler.Schedules;

/// <summary>Recurring batches: <c>/api/schedules</c>.</summary>
internal static class ScheduleEndpoints
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 100;

    public static void MapSchedules(this IEndpointRouteBuilder app)
    {
        var schedules = app.MapGroup("/api/schedules").AddEndpointFilter(new ProblemFilter());
        schedules.MapPost("", CreateAsync);
        schedules.MapGet("", ListAsync);
        schedules.MapGet("{id}", GetAsync);
        schedules.MapDelete("{id}", DeleteAsync);
    }

    private static async Task<IResult> CreateAsync(
        HttpContext http, ScheduleCreation creation, IOptions<CreationOptions> options, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var max = options.Value.MaxBodyBytes;
        if (await BoundedBody.ReadAsync(http.Request, max, cancellationToken) is not { } bytes)
        {
            return OpenAiErrorResult.TooLarge($"The body is longer than {max} bytes.");
        }

        var (schedule, refusal) = await creation.RunAsync(http.Tenant(), bytes, cancellationToken);
        return schedule is null
            ? refusal!
            : TypedResults.Json(
                ScheduleView.Of(schedule, [], time.GetUtcNow()), ScheduleJsonContext.Default.ScheduleView);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http, NpgsqlDataSource dataSource, TimeProvider time, CancellationToken cancellationToken)
    {
        var limit = DefaultLimit;
        if (http.Request.Query["limit"].ToString() is { Length: > 0 } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit)
                || limit is < 1 or > MaxLimit))
        {
            return OpenAiErrorResult.BadRequest(
                $"'limit' must be a whole number from 1 to {MaxLimit}.", "limit", "invalid_limit");
        }

        Guid? after = null;
        if (http.Request.Query["after"].ToString() is { Length: > 0 } cursor)
        {
            if (!PublicId.TryParseSchedule(cursor, out var last))
            {
                return NotFound(cursor, "after");
            }

            after = last;
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var found = await ScheduleTable.ListAsync(connection, http.Tenant(), after, limit + 1, cancellationToken);
        var fires = await ScheduleTable.FiresAsync(
            connection, [.. found.Select(s => s.Id)], ScheduleView.LastFires, cancellationToken);
        var now = time.GetUtcNow();
        return TypedResults.Json(
            ListView<ScheduleView>.Of(
                [.. found.Select(s => ScheduleView.Of(s, fires[s.Id], now))], limit, s => s.Id),
            ScheduleJsonContext.Default.ListViewScheduleView);
    }

    private static async Task<IResult> GetAsync(
        string id, HttpContext http, NpgsqlDataSource dataSource, TimeProvider time,
        CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (!PublicId.TryParseSchedule(id, out var key)
            || await ScheduleTable.FindAsync(connection, http.Tenant(), key, cancellationToken) is not { } schedule)
        {
            return NotFound(id, "id");
        }

        var fires = await ScheduleTable.FiresAsync(connection, [key], ScheduleView.LastFires, cancellationToken);
        return TypedResults.Json(
            ScheduleView.Of(schedule, fires[key], time.GetUtcNow()), ScheduleJsonContext.Default.ScheduleView);
    }

    private static async Task<IResult> DeleteAsync(
        string id, HttpContext http, ScheduleCreation creation, CancellationToken cancellationToken) =>
        PublicId.TryParseSchedule(id, out var key)
        && await creation.DeleteAsync(http.Tenant(), key, cancellationToken)
            ? TypedResults.Json(new ScheduleDeletedView(id), ScheduleJsonContext.Default.ScheduleDeletedView)
            : NotFound(id, "id");

    private static OpenAiErrorResult NotFound(string id, string param) => OpenAiErrorResult.NotFound(
        $"No such schedule: {(id.Length <= 64 ? id : id[..64] + "…")}", param, "schedule_not_found");
}
