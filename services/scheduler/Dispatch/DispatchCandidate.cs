namespace Sluice.Scheduler.Dispatch;

/// <summary>A batch in progress, as a round sees it.</summary>
/// <param name="BatchId">The batch.</param>
/// <param name="CreatedAt">When it was created.</param>
/// <param name="Ready">Shards that wait in the table; counted up to the window only.</param>
/// <param name="Outstanding">Shards in the broker or running.</param>
/// <param name="TraceParent">Trace of the request that created it; null for none.</param>
internal sealed record DispatchCandidate(
    Guid BatchId, DateTimeOffset CreatedAt, int Ready, int Outstanding, string? TraceParent = null);
