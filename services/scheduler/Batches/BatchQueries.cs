using Microsoft.EntityFrameworkCore;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Jobs;

namespace Sluice.Scheduler.Batches;

/// <summary>What a tenant sees of its batches.</summary>
internal static class BatchQueries
{
    /// <summary>By its id, or by that of the job that it is.</summary>
    public static Task<BatchState?> FindBatchAsync(
        this SchedulerDbContext db, string tenant, string id, CancellationToken cancellationToken) =>
        PublicId.TryParseBatch(id, out var key, out var isJob)
            ? db.Batches.AsNoTracking().SingleOrDefaultAsync(
                b => b.Tenant == tenant && b.CorrelationId == key && (!isJob || b.Endpoint == JobsEndpoints.Path),
                cancellationToken)
            : Task.FromResult<BatchState?>(null);

    /// <summary>
    /// Up to limit + 1 batches, or jobs, after the cursor, newest first unless asked otherwise; null when it is
    /// unknown.
    /// </summary>
    public static async Task<IReadOnlyList<BatchState>?> ListAsync(
        this SchedulerDbContext db, string tenant, ListQuery query, bool jobs, CancellationToken cancellationToken)
    {
        var batches = db.Batches.AsNoTracking().Where(
            b => b.Tenant == tenant && (b.Endpoint == JobsEndpoints.Path) == jobs);
        if (query.After is not null)
        {
            if (await db.FindBatchAsync(tenant, query.After, cancellationToken) is not { } cursor)
            {
                return null;
            }

            batches = query.Descending
                ? batches.Where(b => EF.Functions.LessThan(
                    ValueTuple.Create(b.CreatedAt, b.CorrelationId),
                    ValueTuple.Create(cursor.CreatedAt, cursor.CorrelationId)))
                : batches.Where(b => EF.Functions.GreaterThan(
                    ValueTuple.Create(b.CreatedAt, b.CorrelationId),
                    ValueTuple.Create(cursor.CreatedAt, cursor.CorrelationId)));
        }

        batches = query.Descending
            ? batches.OrderByDescending(b => b.CreatedAt).ThenByDescending(b => b.CorrelationId)
            : batches.OrderBy(b => b.CreatedAt).ThenBy(b => b.CorrelationId);
        return await batches.Take(query.Limit + 1).ToListAsync(cancellationToken);
    }
}
