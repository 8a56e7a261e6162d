namespace Sluice.Scheduler.Dispatch;

/// <summary>How many shards of a batch a round claims.</summary>
internal sealed record DispatchGrant(Guid BatchId, int Shards);
