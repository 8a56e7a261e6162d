using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>A replay of the API, or the count of a dry run.</summary>
internal sealed record ReplayView
{
    /// <summary>Null for a dry run, and for letters that different replays had sent before.</summary>
    public string? Id { get; init; }

    public string Object { get; } = "dead_letter.replay";

    public bool DryRun { get; init; }

    /// <summary><c>counted</c>, <c>running</c>, <c>completed</c> or <c>stopped</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Of a dry run: what the replay has to send.</summary>
    public string? Token { get; init; }

    /// <summary>Letters that it takes.</summary>
    public required long Count { get; init; }

    /// <summary>
    /// Letters that were sent, also those that are open again as their follow-up batch did not run them.
    /// </summary>
    public int Replayed { get; init; }

    /// <summary>Letters whose replay ended in another letter, so far.</summary>
    public int FailedAgain { get; init; }

    /// <summary>Letters that were asked for and had been replayed before, or were about to be.</summary>
    public long AlreadyReplayed { get; init; }

    /// <summary>Letters whose payload is not there any more; they are open.</summary>
    public int Skipped { get; init; }

    public string? StoppedBecause { get; init; }

    public long? CreatedAt { get; init; }

    /// <summary>Follow-up batches.</summary>
    public required IReadOnlyList<FollowUpView> Batches { get; init; }

    public static ReplayView Of(ReplayRow replay, int failedAgain, IReadOnlyList<FollowUpRow> followUps) => new()
    {
        Id = PublicId.Replay(replay.Id),
        Status = replay.State switch
        {
            ReplayState.Running => "running",
            ReplayState.Completed => "completed",
            _ => "stopped",
        },
        Count = replay.Letters,
        Replayed = replay.Replayed,
        FailedAgain = failedAgain,
        AlreadyReplayed = replay.AlreadyReplayed,
        Skipped = replay.Skipped,
        StoppedBecause = replay.StoppedBecause,
        CreatedAt = DeadLetterView.Seconds(replay.CreatedAt),
        Batches = [.. followUps.Select(FollowUpView.Of)],
    };
}
