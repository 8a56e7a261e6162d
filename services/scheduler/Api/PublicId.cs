namespace Sluice.Scheduler.Api;

/// <summary>Public ids: a prefix that names the kind, and the key's 32 hex digits.</summary>
internal static class PublicId
{
    private const string FilePrefix = "file-";
    private const string BatchPrefix = "batch_";
    private const string WebhookPrefix = "whe_";
    private const string EventPrefix = "evt_";
    private const string SchedulePrefix = "sched_";
    private const string DeadLetterPrefix = "dl_";
    private const string ReplayPrefix = "replay_";
    private const string JobPrefix = "job_";

    public static string File(Guid id) => FilePrefix + id.ToString("N");

    public static string Batch(Guid id) => BatchPrefix + id.ToString("N");

    public static string Webhook(Guid id) => WebhookPrefix + id.ToString("N");

    public static string Event(Guid id) => EventPrefix + id.ToString("N");

    public static string Schedule(Guid id) => SchedulePrefix + id.ToString("N");

    public static string DeadLetter(Guid id) => DeadLetterPrefix + id.ToString("N");

    public static string Replay(Guid id) => ReplayPrefix + id.ToString("N");

    /// <summary>A job has the key of its batch.</summary>
    public static string Job(Guid id) => JobPrefix + id.ToString("N");

    /// <summary>False for anything that is not exactly what <see cref="File"/> makes: such an id is unknown.</summary>
    public static bool TryParseFile(string? text, out Guid id) => TryParse(text, FilePrefix, out id);

    /// <summary>Of a batch, or of a job, which is a batch of tasks.</summary>
    /// <param name="text">What the client sent.</param>
    /// <param name="id">Key of the batch.</param>
    /// <param name="isJob">Whether it names a job: a batch of another kind is none.</param>
    public static bool TryParseBatch(string? text, out Guid id, out bool isJob)
    {
        isJob = TryParse(text, JobPrefix, out id);
        return isJob || TryParse(text, BatchPrefix, out id);
    }

    public static bool TryParseWebhook(string? text, out Guid id) => TryParse(text, WebhookPrefix, out id);

    public static bool TryParseEvent(string? text, out Guid id) => TryParse(text, EventPrefix, out id);

    public static bool TryParseSchedule(string? text, out Guid id) => TryParse(text, SchedulePrefix, out id);

    public static bool TryParseDeadLetter(string? text, out Guid id) => TryParse(text, DeadLetterPrefix, out id);

    public static bool TryParseReplay(string? text, out Guid id) => TryParse(text, ReplayPrefix, out id);

    private static bool TryParse(string? text, string prefix, out Guid id)
    {
        id = default;
        return text is not null
            && text.StartsWith(prefix, StringComparison.Ordinal)
            && Guid.TryParseExact(text.AsSpan(prefix.Length), "N", out id);
    }
}
