using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.DeadLetters.Replays;

namespace Sluice.Scheduler.Batches;

/// <summary>
/// Over the tables of validations, shards and dead letters, in the transaction of the saga (its scoped context). Locks
/// are taken in the order batch, validation, shards.
/// </summary>
internal sealed class BatchWork(SchedulerDbContext db) : IBatchWork
{
    public async Task StopAsync(Guid batchId, CancellationToken cancellationToken)
    {
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();

        // Whether BatchValidated or CancelBatch comes first is chance; whether the validation committed its end is not.
        if (await ValidationTable.FenceAsync(connection, batchId, cancellationToken))
        {
            await ShardTable.CloseAsync(connection, batchId, cancellationToken);
        }
        else
        {
            await ShardTable.DeleteAsync(connection, batchId, cancellationToken);
        }
    }

    public Task ReopenLettersAsync(Guid batchId, CancellationToken cancellationToken) => ClaimedLetters.ReopenAsync(
        (NpgsqlConnection)db.Database.GetDbConnection(), batchId, cancellationToken);
}
