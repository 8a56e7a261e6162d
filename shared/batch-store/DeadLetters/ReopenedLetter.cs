namespace Sluice.BatchStore.DeadLetters;

/// <summary>A letter whose replay came to nothing: its line has no result in the follow-up batch.</summary>
public static class ReopenedLetter
{
    /// <summary>SQL: what an UPDATE sets so that it is as it was before the replay.</summary>
    public const string Set =
        "state = 0, replay_id = NULL, replayed_at = NULL, edit_hash = NULL, follow_up_batch = NULL, "
        + "follow_up_line = NULL";
}
