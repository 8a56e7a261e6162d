using Dapper;
using Npgsql;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Files;

/// <summary>Deletes files on request. Safe for concurrent use.</summary>
internal sealed class FileDeletion(NpgsqlDataSource dataSource, WakeUp<FileSweeper> sweep, TimeProvider time)
{
    private const string Files = SchedulerSchema.Name + ".files";

    /// <summary>
    /// Hides the file in one transaction. The row lock makes this and the creation of a batch from it exclude each
    /// other: whoever comes second sees what the first one did.
    /// </summary>
    public async Task<FileDeletionOutcome> DeleteAsync(string tenant, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var now = time.GetUtcNow();
        var found = await connection.QuerySingleOrDefaultAsync<Guid?>(new(
            $"""
             SELECT id FROM {Files}
             WHERE id = @id AND tenant = @tenant AND deleted_at IS NULL AND (expires_at IS NULL OR expires_at > @now)
             FOR UPDATE
             """,
            new { id, tenant, now },
            cancellationToken: cancellationToken));
        if (found is null)
        {
            return FileDeletionOutcome.NotFound;
        }

        var deleted = await connection.ExecuteAsync(new(
            $"UPDATE {Files} f SET deleted_at = @now WHERE id = @id AND NOT {FileUse.InUse("f.id")}",
            new { id, now },
            cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        sweep.Set();
        return deleted == 1 ? FileDeletionOutcome.Deleted : FileDeletionOutcome.InUse;
    }
}
