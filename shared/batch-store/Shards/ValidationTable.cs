using Dapper;
using Npgsql;

namespace Sluice.BatchStore.Shards;

/// <summary>
/// Who validates a batch. A validation takes the next epoch and every later write carries it; one that was overtaken
/// writes nothing. Methods run in the caller's transaction, if it has one.
/// </summary>
public static class ValidationTable
{
    private const string S = BatchStoreSchema.Name;

    /// <summary>
    /// Takes the next epoch of the batch's validation, which fences the one before. Call it in one transaction
    /// with the check that the batch is still validating and with <see cref="ShardTable.DeleteAsync"/>.
    /// </summary>
    public static Task<int> TakeAsync(NpgsqlConnection connection, Guid batchId, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<int>(new(
            $"""
             WITH taken AS (
                 INSERT INTO {S}.validations AS v (batch_id, epoch) VALUES (@batchId, 1)
                 ON CONFLICT (batch_id) DO UPDATE SET epoch = v.epoch + 1
                 RETURNING epoch)
             SELECT epoch FROM taken
             """,
            new { batchId },
            cancellationToken: cancellationToken));

    /// <summary>
    /// Whether this validation is still the current one; locks that until the end of the transaction. Guards the last
    /// transaction, which writes the outcome.
    /// </summary>
    public static async Task<bool> HoldAsync(
        NpgsqlConnection connection, Guid batchId, int epoch, CancellationToken cancellationToken) =>
        await connection.QuerySingleOrDefaultAsync<int?>(new(
            $"SELECT 1 FROM {S}.validations WHERE batch_id = @batchId AND epoch = @epoch FOR UPDATE",
            new { batchId, epoch },
            cancellationToken: cancellationToken)) is not null;
}
