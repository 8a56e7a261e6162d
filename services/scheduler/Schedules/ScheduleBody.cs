using System.Text.Json;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Batches.Creating;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Schedules;

/// <summary>The body of POST /api/schedules: when, and the members of a batch.</summary>
/// <param name="Cron">As the client wrote it; whether it is one is found out later.</param>
/// <param name="TimeZone">A zone that this machine knows.</param>
/// <param name="MisfirePolicy">A known one.</param>
/// <param name="Batch">What each fire asks for.</param>
internal sealed record ScheduleBody(string Cron, TimeZoneInfo TimeZone, string MisfirePolicy, CreateBatchBody Batch)
{
    private const string Utc = "UTC";

    /// <summary>Null, with a refusal that names the field, when the body is not acceptable.</summary>
    public static ScheduleBody? Parse(ReadOnlyMemory<byte> json, out OpenAiErrorResult? refusal) =>
        JsonBody.Read<ScheduleBody>(json, Read, out refusal);

    private static ScheduleBody? Read(JsonElement body, out OpenAiErrorResult? refusal)
    {
        if (CreateBatchBody.Read(body, out refusal) is not { } batch)
        {
            return null;
        }

        var cron = Text(body, "cron", "");
        var zone = Text(body, "time_zone", Utc);
        var policy = Text(body, "misfire_policy", Schedules.MisfirePolicy.Skip);
        TimeZoneInfo? timeZone = null;
        refusal = cron is not { Length: > 0 } ? Refuse("cron", "is missing; give a cron line, as '30 2 * * *'")
            : zone is null || !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out timeZone)
                ? Refuse("time_zone", "must be the name of a time zone, as 'Europe/Berlin' or 'UTC'")
            : policy is null || !Schedules.MisfirePolicy.IsKnown(policy)
                ? Refuse(
                    "misfire_policy",
                    $"must be '{Schedules.MisfirePolicy.Skip}' or '{Schedules.MisfirePolicy.RunOnce}'")
            : null;
        return refusal is null ? new(cron!, timeZone!, policy!, batch) : null;
    }

    private static string? Text(JsonElement body, string name, string otherwise)
    {
        if (!body.TryGetProperty(name, out var value))
        {
            return otherwise;
        }

        try
        {
            return value.ValueKind == JsonValueKind.String && value.GetString() is { } text && !text.Contains('\0')
                ? text
                : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, or bytes that are not UTF-8.
            return null;
        }
    }

    private static OpenAiErrorResult Refuse(string name, string why) =>
        OpenAiErrorResult.BadRequest($"'{name}' {why}.", name, $"invalid_{name}");
}
