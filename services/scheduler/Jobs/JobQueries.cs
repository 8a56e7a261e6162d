using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Jobs;

/// <summary>What a tenant sees of its jobs.</summary>
internal static class JobQueries
{
    /// <summary>
    /// By its id, or by that of the batch that it is. Null for what is no job of the tenant, also for a batch that is
    /// none.
    /// </summary>
    public static async Task<BatchState?> FindJobAsync(
        this SchedulerDbContext db, string tenant, string id, CancellationToken cancellationToken) =>
        await db.FindBatchAsync(tenant, id, cancellationToken) is { } batch && batch.Endpoint == JobsEndpoints.Path
            ? batch
            : null;
}
