using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>A follow-up batch, the batch whose lines it runs again, and how many.</summary>
internal sealed record FollowUpView(string Id, string ReplayOf, int Lines)
{
    public static FollowUpView Of(FollowUpRow row) =>
        new(PublicId.Batch(row.Batch), PublicId.Batch(row.ReplayOf), row.Lines);
}
