namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>A follow-up batch, the batch whose lines it runs again, and how many.</summary>
internal sealed record FollowUpRow(Guid Batch, Guid ReplayOf, int Lines);
