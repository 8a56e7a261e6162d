using System.Text.Json;
using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.Schedules;

/// <summary>A schedule as the API shows it. Times are Unix seconds.</summary>
internal sealed record ScheduleView
{
    /// <summary>How many of the next fires are shown.</summary>
    public const int NextFires = 5;

    /// <summary>How many of the last fires are shown.</summary>
    public const int LastFires = 10;

    public required string Id { get; init; }

    public string Object { get; } = "schedule";

    public required string Cron { get; init; }

    public required string TimeZone { get; init; }

    public required string MisfirePolicy { get; init; }

    /// <summary>Null, as the next three, when this release takes such batches no more.</summary>
    public string? InputFileId { get; init; }

    public string? Endpoint { get; init; }

    public string? CompletionWindow { get; init; }

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    public required long CreatedAt { get; init; }

    /// <summary>Empty when there is none any more.</summary>
    public required IReadOnlyList<long> NextFireTimes { get; init; }

    /// <summary>Newest first.</summary>
    public required IReadOnlyList<ScheduleFireView> Fires { get; init; }

    public static ScheduleView Of(Schedule schedule, IEnumerable<ScheduleFireRow> fires, DateTimeOffset now)
    {
        var batch = schedule.Batch(out _);
        return new()
        {
            Id = PublicId.Schedule(schedule.Id),
            Cron = schedule.Cron,
            TimeZone = schedule.TimeZone,
            MisfirePolicy = schedule.MisfirePolicy,
            InputFileId = batch?.InputFileId,
            Endpoint = batch?.Endpoint,
            CompletionWindow = batch?.Window.Text,
            Metadata = batch?.Metadata is null
                ? null
                : JsonSerializer.Deserialize(batch.Metadata, SchedulerJsonContext.Default.DictionaryStringString),
            CreatedAt = new DateTimeOffset(schedule.CreatedAt).ToUnixTimeSeconds(),
            NextFireTimes = [.. schedule.Line().After(now, NextFires).Select(f => f.ToUnixTimeSeconds())],
            Fires = [.. fires.Select(ScheduleFireView.Of)],
        };
    }
}
