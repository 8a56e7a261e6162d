using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>What became of a request to replay: a view, or why there is none.</summary>
internal sealed record ReplayOutcome(ReplayView? View, OpenAiErrorResult? Refusal)
{
    public static implicit operator ReplayOutcome(OpenAiErrorResult refusal) => new(null, refusal);

    public static implicit operator ReplayOutcome(ReplayView view) => new(view, null);
}
