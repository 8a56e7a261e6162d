using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>What became of a follow-up batch.</summary>
/// <param name="IsMade">Whether it is there now; else nothing of it is.</param>
/// <param name="Refusal">The tenant may have no more queued; null for another reason.</param>
internal readonly record struct FollowUpOutcome(bool IsMade, OpenAiErrorResult? Refusal = null)
{
    public static implicit operator FollowUpOutcome(OpenAiErrorResult refusal) => new(false, refusal);
}
