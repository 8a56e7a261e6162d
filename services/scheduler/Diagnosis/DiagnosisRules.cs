using System.Text.Json.Nodes;
using Sluice.Scheduler.Batches;

namespace Sluice.Scheduler.Diagnosis;

/// <summary>Tells from facts why a batch is slow or stuck. Pure; what matters most comes first.</summary>
internal static class DiagnosisRules
{
    /// <summary>A message that waits longer than this for a worker waits too long, seconds.</summary>
    private const double SlowTake = 10;

    /// <summary>Files are read at tens of megabytes a second: one that takes longer waits for something, seconds.
    /// </summary>
    private const double SlowValidation = 60;

    /// <summary>Share of failed lines that is worth a word.</summary>
    private const double ManyFailed = 0.1;

    public static IReadOnlyList<Finding> Find(BatchFacts facts)
    {
        Finding?[] findings = facts.State switch
        {
            nameof(BatchStateMachine.Validating) => [Validating(facts)],
            nameof(BatchStateMachine.InProgress) =>
            [
                Paused(facts), AtRisk(facts), NoWorker(facts), .. ProviderRules.Find(facts), PoisonLine(facts),
                OwnerSilent(facts), NotTaken(facts), WaitingBehind(facts), Retried(facts), FailingLines(facts),
            ],
            nameof(BatchStateMachine.Finalizing) or nameof(BatchStateMachine.Cancelling)
                or nameof(BatchStateMachine.Expiring) => [Finalizing()],
            _ => [Ended(facts)],
        };
        var found = findings.OfType<Finding>().OrderBy(Rank).ToList();
        return found.Count > 0 ? found : [Running(facts)];
    }

    private static int Rank(Finding finding) => finding.Severity switch
    {
        Finding.Critical => 0,
        Finding.Warning => 1,
        _ => 2,
    };

    private static Finding Validating(BatchFacts facts) => facts.AgeSeconds > SlowValidation
        ? new(
            "validation_slow", Finding.Warning, "Its input is still not checked.",
            new() { ["age"] = facts.AgeSeconds, ["input_bytes"] = facts.InputBytes },
            "See whether a scheduler runs and what it logs, and whether the queue batch-validation has consumers.")
        : new(
            "validating", Finding.Info, "Its input is being checked.",
            new() { ["age"] = facts.AgeSeconds, ["input_bytes"] = facts.InputBytes },
            "Wait: lines run when the whole file is checked.");

    private static Finding? Paused(BatchFacts facts) => facts.PausedSeconds is { } seconds
        ? new(
            "paused", Finding.Warning, "A client has paused it: workers finish the lines in flight and begin no other.",
            new() { ["paused"] = seconds, ["ready_shards"] = facts.Ready },
            "Resume it: POST /api/batches/{id}/resume.")
        : null;

    private static Finding? AtRisk(BatchFacts facts) => facts.AtRiskSeconds is { } seconds
        ? new(
            "deadline_at_risk", Finding.Warning,
            "It is expected to miss its deadline, or meets it only by going first.",
            new() { ["at_risk"] = seconds, ["deadline_in"] = facts.DeadlineSeconds, ["workers"] = facts.Workers },
            "Start more batch workers (GET /api/workers/suggested), or move its deadline or raise its priority: "
            + "PATCH /api/batches/{id}.")
        : null;

    private static Finding? NoWorker(BatchFacts facts) => facts.Open > 0 && facts.Workers == 0
        ? new(
            "no_worker", Finding.Critical, "No batch worker is alive: nothing runs.",
            new() { ["workers"] = facts.Workers, ["open_shards"] = facts.Open },
            "Start a batch worker, or see why none reaches the database and the broker.")
        : null;

    private static Finding? OwnerSilent(BatchFacts facts) => facts.Suspects > 0
        ? new(
            "owner_silent", Finding.Warning,
            "A worker that holds shards does not answer; they run elsewhere when it stays so.",
            new() { ["shards"] = facts.Suspects },
            "Nothing, for a few seconds. If it comes again, look for workers that are killed, frozen or starved.")
        : null;

    private static Finding? NotTaken(BatchFacts facts) =>
        facts is { Workers: > 0, Running: 0, Dispatched: > 0, OldestDispatchedSeconds: > SlowTake }
            ? new(
                "not_taken", Finding.Critical, "Its shards were sent to the workers, and none takes them.",
                new()
                {
                    ["workers"] = facts.Workers, ["dispatched_shards"] = facts.Dispatched,
                    ["oldest_dispatched"] = facts.OldestDispatchedSeconds,
                },
                "See whether the broker runs, and whether the workers' queues have consumers.")
            : null;

    private static Finding? PoisonLine(BatchFacts facts) => facts.TrialLine is { } line
        ? new(
            "poison_line", Finding.Warning, "A line seems to end the workers that run it; it is tried alone.",
            new() { ["line"] = line, ["ends_alone"] = facts.TrialEnds, ["unclean_ends"] = facts.UncleanEnds },
            "Nothing: it fails after a few tries, and the other lines go on. Look at that line of the input.")
        : null;

    private static Finding? WaitingBehind(BatchFacts facts)
    {
        if (facts is not { PausedSeconds: null, Workers: > 0, Dispatched: 0, Running: 0, OthersOutstanding: > 0 }
            || facts.Ready <= facts.PutOff)
        {
            return null;
        }

        JsonObject evidence = new()
        {
            ["ready_shards"] = facts.Ready, ["others_outstanding"] = facts.OthersOutstanding,
            ["higher_outstanding"] = facts.HigherOutstanding, ["workers"] = facts.Workers,
            ["shards_ended_last_minute"] = facts.EndedLastMinute,
        };
        return facts.HigherOutstanding > 0
            ? new(
                "waiting_behind_priority", Finding.Warning, "Batches of a higher class have the workers.", evidence,
                "Raise its priority (PATCH /api/batches/{id}), start more batch workers, or wait.")
            : new(
                "waiting_behind", Finding.Warning, "Other batches have the workers.", evidence,
                "Start more batch workers, or wait for its turn.");
    }

    private static Finding? Retried(BatchFacts facts) => facts.UncleanEnds > 0
        ? new(
            "workers_die", Finding.Warning, "Workers ended, or stopped answering, with shards of it.",
            new() { ["unclean_ends"] = facts.UncleanEnds, ["retries"] = facts.Retries },
            "See whether workers are killed or short of memory, and whether lines of the input make them so.")
        : facts.LineRetries > 0
        ? new(
            "lines_retried", Finding.Info, "Lines had to be tried again.",
            new() { ["line_retries"] = facts.LineRetries, ["last_cause"] = facts.LineRetryCause },
            "Nothing, if they are few; else see what the provider answers.")
        : facts.Retries > 0
        ? new(
            "shards_retried", Finding.Info, "Shards were given to workers again.",
            new() { ["retries"] = facts.Retries },
            "Nothing, if they are few; else see their attempts and causes, and whether workers are restarted.")
        : null;

    private static Finding? FailingLines(BatchFacts facts) =>
        facts.Failed > 0 && facts.Failed >= facts.Done * ManyFailed
            ? new(
                "lines_fail", Finding.Warning, "Many lines end in the error file.",
                new() { ["failed"] = facts.Failed, ["done"] = facts.Done },
                "Read the results of kind 'error', which are there before the end, and mend the input.")
            : null;

    private static Finding Finalizing() => new(
        "finalizing", Finding.Info, "Its lines have ended; the files are being made.", new(),
        "Wait. If it takes minutes, see whether the queue batch-finalization has consumers.");

    private static Finding Ended(BatchFacts facts) => new(
        "ended", Finding.Info, "The batch has ended.",
        new() { ["completed"] = facts.Completed, ["failed"] = facts.Failed },
        "Nothing.");

    private static Finding Running(BatchFacts facts)
    {
        JsonObject evidence = new()
        {
            ["done"] = facts.Done, ["lines"] = facts.Lines, ["running_shards"] = facts.Running,
            ["ready_shards"] = facts.Ready, ["workers"] = facts.Workers,
        };
        if (facts.RunningSeconds is { } seconds && seconds > 0)
        {
            evidence["lines_per_second"] = Math.Round(facts.Done / seconds, 2);
        }

        if (facts.OldestRunningSeconds is { } oldest)
        {
            evidence["oldest_running"] = oldest;
        }

        return new(
            "running", Finding.Info, "It gets on; nothing holds it up.", evidence,
            "Wait; more batch workers make it faster as long as shards are ready.");
    }
}
