using Microsoft.EntityFrameworkCore;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Files;

/// <summary>What a tenant sees of its files: neither deleted nor expired ones, nor anybody else's.</summary>
internal static class FileQueries
{
    public static IQueryable<StoredFile> Visible(
        this IQueryable<StoredFile> files, string tenant, DateTimeOffset now) =>
        files.Where(f => f.Tenant == tenant && f.DeletedAt == null && (f.ExpiresAt == null || f.ExpiresAt > now));

    public static Task<StoredFile?> FindAsync(
        this SchedulerDbContext db, string tenant, Guid id, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.Files.AsNoTracking().Visible(tenant, now).SingleOrDefaultAsync(f => f.Id == id, cancellationToken);

    /// <summary>
    /// Up to limit + 1 files after the cursor; null when the cursor is unknown. A deleted file still serves as the
    /// cursor, so that a client may delete what it has paged over.
    /// </summary>
    public static async Task<IReadOnlyList<StoredFile>?> ListAsync(
        this SchedulerDbContext db, string tenant, ListQuery query, string? purpose, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var files = db.Files.AsNoTracking().Visible(tenant, now);
        if (purpose is not null)
        {
            files = files.Where(f => f.Purpose == purpose);
        }

        if (query.After is not null)
        {
            var cursor = PublicId.TryParseFile(query.After, out var after)
                ? await db.Files.AsNoTracking()
                    .Where(f => f.Tenant == tenant && f.Id == after)
                    .Select(f => new { f.CreatedAt, f.Id })
                    .SingleOrDefaultAsync(cancellationToken)
                : null;
            if (cursor is null)
            {
                return null;
            }

            files = query.Descending
                ? files.Where(f => EF.Functions.LessThan(
                    ValueTuple.Create(f.CreatedAt, f.Id), ValueTuple.Create(cursor.CreatedAt, cursor.Id)))
                : files.Where(f => EF.Functions.GreaterThan(
                    ValueTuple.Create(f.CreatedAt, f.Id), ValueTuple.Create(cursor.CreatedAt, cursor.Id)));
        }

        files = query.Descending
            ? files.OrderByDescending(f => f.CreatedAt).ThenByDescending(f => f.Id)
            : files.OrderBy(f => f.CreatedAt).ThenBy(f => f.Id);
        return await files.Take(query.Limit + 1).ToListAsync(cancellationToken);
    }
}
