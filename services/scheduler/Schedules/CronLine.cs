using Quartz;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Schedules;

/// <summary>
/// A cron line in its time zone: five fields as crontab has them, or six or seven as Quartz has, seconds first.
/// </summary>
internal sealed class CronLine
{
    private const int MaxLength = 200;
    private const int UnixFields = 5;
    private const int CheckedFires = 100;

    private CronLine(CronExpression expression) => Expression = expression;

    public CronExpression Expression { get; }

    /// <summary>Null, with a refusal, for a line that is none, never fires, or fires too often.</summary>
    public static CronLine? Parse(
        string text, TimeZoneInfo timeZone, DateTimeOffset now, TimeSpan minInterval, out OpenAiErrorResult? refusal)
    {
        var line = Read(text, timeZone);
        refusal = line is null
            ? Refuse(
                "invalid_cron",
                "is no cron line; write 'minute hour day month weekday', as '30 2 * * 1', or six fields, seconds first")
            : line.Check(now, minInterval);
        return refusal is null ? line : null;
    }

    /// <summary>A line that was accepted once.</summary>
    /// <exception cref="InvalidOperationException">It is none.</exception>
    public static CronLine Stored(string text, TimeZoneInfo timeZone) =>
        Read(text, timeZone) ?? throw new InvalidOperationException($"The stored cron line '{text}' is none.");

    /// <summary>The next fires after a time, at most so many: there may be a last one.</summary>
    public IEnumerable<DateTimeOffset> After(DateTimeOffset time, int count)
    {
        var next = Expression.GetNextValidTimeAfter(time);
        for (var i = 0; i < count && next is { } fire; i++)
        {
            yield return fire;
            next = Expression.GetNextValidTimeAfter(fire);
        }
    }

    private static CronLine? Read(string text, TimeZoneInfo timeZone)
    {
        if (text.Length > MaxLength)
        {
            return null;
        }

        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        var format = fields == UnixFields ? CronFormat.Unix : CronFormat.Quartz;
        return CronExpression.TryParse(text, format, out var expression)
            ? new(new CronExpression(expression!.CronExpressionString, timeZone))
            : null;
    }

    private static OpenAiErrorResult Refuse(string code, string why) =>
        OpenAiErrorResult.BadRequest($"'cron' {why}.", "cron", code);

    private OpenAiErrorResult? Check(DateTimeOffset now, TimeSpan minInterval)
    {
        var fires = After(now, CheckedFires).ToList();
        if (fires.Count == 0)
        {
            return Refuse("cron_never_fires", "never fires: no day in the future fits all of its fields");
        }

        var shortest = fires.Zip(fires.Skip(1), (a, b) => b - a).DefaultIfEmpty(minInterval).Min();
        return shortest < minInterval
            ? Refuse("cron_too_frequent", $"fires every {shortest}; the shortest interval here is {minInterval}")
            : null;
    }
}
