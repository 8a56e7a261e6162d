namespace Sluice.Scheduler.Batches;

/// <summary><c>request_counts</c>: lines. All 0 until the input is validated.</summary>
internal sealed record RequestCountsView(long Total, long Completed, long Failed);
