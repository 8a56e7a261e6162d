using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Files;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Tenants;

/// <summary>Bounds what one tenant may have queued. Thread-safe.</summary>
internal sealed class TenantLimits(IOptions<TenantsOptions> options)
{
    private const string S = SchedulerSchema.Name;

    public TenantOptions Of(string tenant) => options.Value.Of(tenant);

    /// <summary>
    /// Null when one more batch over this file fits. Call it in the transaction that creates the batch: until its end
    /// no other creation of that tenant is counted, so that no two fit into the same room.
    /// </summary>
    /// <param name="db">Of the transaction.</param>
    /// <param name="tenant">Whose batch it is.</param>
    /// <param name="inputFileId">Its input.</param>
    /// <param name="added">The input, if its row is only inserted by this transaction.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<OpenAiErrorResult?> CheckAsync(
        SchedulerDbContext db, string tenant, Guid inputFileId, StoredFile? added,
        CancellationToken cancellationToken)
    {
        await db.Database.ExecuteSqlAsync(
            $"SELECT pg_advisory_xact_lock(hashtextextended({tenant}, 30004))", cancellationToken);
        var queued = await db.Database.GetDbConnection().QuerySingleAsync<Queued>(new(
            $"""
             SELECT count(*) AS Batches, coalesce(sum(q.lines), 0)::bigint AS Lines,
                    coalesce(sum(q.bytes), 0)::bigint AS Bytes
             FROM (
                 SELECT coalesce(f.lines, b.total_lines) AS lines, coalesce(f.bytes, 0) AS bytes
                 FROM {S}.batches b LEFT JOIN {S}.files f ON f.id = b.input_file_id
                 WHERE b.tenant = @tenant AND b.current_state IN ('Validating', 'InProgress')
                 UNION ALL
                 SELECT coalesce(max(lines), @lines), coalesce(max(bytes), @bytes) FROM {S}.files
                 WHERE id = @inputFileId) AS q
             """,
            new { tenant, inputFileId, lines = added?.Lines ?? 0, bytes = added?.Bytes ?? 0 },
            db.Database.CurrentTransaction?.GetDbTransaction(),
            cancellationToken: cancellationToken));
        var limits = options.Value.Of(tenant);
        return queued.Batches > limits.MaxBatches ? Refuse("batches", queued.Batches, limits.MaxBatches)
            : queued.Lines > limits.MaxLines ? Refuse("lines", queued.Lines, limits.MaxLines)
            : queued.Bytes > limits.MaxBytes ? Refuse("bytes", queued.Bytes, limits.MaxBytes)
            : null;
    }

    /// <summary>Permanent for the client: hours may pass until something of its queue has ended.</summary>
    private static OpenAiErrorResult Refuse(string what, long wanted, long limit) =>
        new(StatusCodes.Status429TooManyRequests, new(
            $"With this batch the tenant would have {wanted} {what} queued; its limit is {limit}. Wait until others "
            + "have ended, or cancel some.",
            OpenAiErrorType.RateLimit,
            null,
            $"tenant_{what}_limit"))
        {
            ShouldRetry = false,
        };

    private sealed record Queued(long Batches, long Lines, long Bytes);
}
