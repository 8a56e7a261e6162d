namespace Sluice.Scheduler.Dispatch;

/// <summary>A batch in progress, as a round sees it.</summary>
/// <param name="BatchId">The batch.</param>
/// <param name="CreatedAt">When it was created.</param>
/// <param name="Ready">
/// Shards that wait in the table and are due; counted up to the window only. While shards of the batch are parked, one
/// at a time, and none soon after a park: it tells whether the provider is back.
/// </param>
/// <param name="Outstanding">Shards in the broker or running.</param>
/// <param name="TraceParent">Trace of the request that created it; null for none.</param>
/// <param name="PutOff">Shards that wait in the table and are not due yet.</param>
internal sealed record DispatchCandidate(
    Guid BatchId, DateTimeOffset CreatedAt, int Ready, int Outstanding, string? TraceParent = null,
    int PutOff = 0);
