using System.Text.Json.Nodes;
using Sluice.BatchStore.Shards;

namespace Sluice.Scheduler.Diagnosis;

/// <summary>What shards that wait, or are refused, say of the model providers, and of errors of ours.</summary>
internal static class ProviderRules
{
    private const string RateLimited = "provider_rate_limited";
    private const string RateLimitAdvice =
        "It goes on by itself. Ask the provider for a higher limit, or add a second one for the model.";

    /// <summary>
    /// A refusal that is older says nothing of now: lines that were refused are tried again within half a minute,
    /// unless their provider is parked.
    /// </summary>
    private const double Lately = 60;

    public static IEnumerable<Finding?> Find(BatchFacts facts) => facts.Waiting
        .GroupBy(w => w.Cause, StringComparer.Ordinal)
        .Select(group => Of(group.Key, [.. group], facts))
        .Append(Refused(facts));

    /// <summary>Calls are refused, and the provider is not parked, or not yet.</summary>
    private static Finding? Refused(BatchFacts facts) =>
        facts.LimitedSeconds < Lately && facts.Waiting.All(w => w.Cause != RateLimited)
            ? new(
                "rate_limited", Finding.Warning, "A model provider refuses calls for its lines (429).",
                new()
                {
                    ["limited_calls"] = facts.LimitedCalls, ["last_limited"] = facts.LimitedSeconds,
                    ["running_shards"] = facts.Running,
                },
                RateLimitAdvice)
            : null;

    private static Finding? Of(string cause, IReadOnlyList<WaitingCause> waiting, BatchFacts facts)
    {
        // While other shards of it run, they are held up; else the batch is.
        var severity = facts.Running + facts.Dispatched > 0 ? Finding.Warning : Finding.Critical;
        return cause switch
        {
            "provider_down" => new(
                "circuit_open", severity, "A model provider does not answer, or fails: its circuit is open.",
                Evidence(cause, waiting, facts),
                "Nothing is lost, and it is tried again by itself. See whether the provider is up and can be reached."),
            ShardReturn.Errors => new(
                "provider_errors", severity, "A model provider answers 500 to all that it is asked.",
                Evidence(cause, waiting, facts),
                "See the provider's log: it is broken, or cannot do what these lines ask for. If it goes on, the lines "
                + "fail with that answer and become dead letters, which can be replayed."),
            RateLimited => new(
                "rate_limited", severity, "A model provider takes no more for now (429).",
                Evidence(cause, waiting, facts),
                RateLimitAdvice),
            "provider_quota" => new(
                "quota", severity, "The quota at a model provider is used up.",
                Evidence(cause, waiting, facts),
                "Raise the quota at the provider; lines that wait go on by themselves."),
            "error" => new(
                "shards_fail", severity, "Shards ended with errors of ours, and are tried again.",
                Evidence(cause, waiting, facts), "See the shards' attempts, and the workers' logs for the error."),
            _ => null,
        };
    }

    private static JsonObject Evidence(
        string cause, IReadOnlyList<WaitingCause> waiting, BatchFacts facts) => new()
    {
        ["cause"] = cause,
        ["waiting_shards"] = waiting.Sum(w => w.Shards),
        ["next_try_in"] = waiting.Min(w => w.DueInSeconds),
        ["running_shards"] = facts.Running,
    };
}
