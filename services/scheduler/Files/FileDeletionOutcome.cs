namespace Sluice.Scheduler.Files;

internal enum FileDeletionOutcome
{
    /// <summary>Nobody sees it any more; the sweep removes its bytes.</summary>
    Deleted,

    /// <summary>Unknown, expired, deleted before, or of another tenant.</summary>
    NotFound,

    /// <summary>Input of a batch that has not ended.</summary>
    InUse,
}
