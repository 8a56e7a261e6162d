using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Batches.Creating;

/// <summary>Forgets which request made a batch once no repetition of it counts any more.</summary>
internal sealed class CreationSweep(NpgsqlDataSource dataSource, IOptions<CreationOptions> options, TimeProvider time)
{
    private const int Chunk = 1000;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var before = time.GetUtcNow() - options.Value.KeyRetention;
        int deleted;
        do
        {
            deleted = await connection.ExecuteAsync(new(
                $"""
                 DELETE FROM {SchedulerSchema.Name}.creations WHERE batch_id IN (
                     SELECT batch_id FROM {SchedulerSchema.Name}.creations
                     WHERE created_at < @before ORDER BY created_at LIMIT {Chunk})
                 """,
                new { before },
                cancellationToken: cancellationToken));
        }
        while (deleted == Chunk);
    }
}
