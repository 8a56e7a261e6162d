namespace Sluice.BatchStore.DeadLetters;

/// <summary>What has been done about a dead letter, as stored. Open → Replaying → Replayed, or back to Open.</summary>
public enum LetterState : short
{
    /// <summary>Nothing yet.</summary>
    Open = 0,

    /// <summary>A replay has claimed it and will come to it.</summary>
    Replaying = 1,

    /// <summary>Sent again. If that fails too, the failure is a letter of its own that names this one.</summary>
    Replayed = 2,
}
