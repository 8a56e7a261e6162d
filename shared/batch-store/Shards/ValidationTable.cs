using Dapper;
using Npgsql;

namespace Sluice.BatchStore.Shards;

/// <summary>
/// Who validates a batch, and what the workers know of it. A validation takes the next epoch and every later write
/// carries it; one that was overtaken writes nothing. Methods run in the caller's transaction, if it has one.
/// </summary>
public static class ValidationTable
{
    private const string S = BatchStoreSchema.Name;

    /// <summary>
    /// Takes the next epoch of the batch's validation, which fences the one before. Call it in one transaction
    /// with the check that the batch is still validating and with <see cref="ShardTable.DeleteAsync"/>.
    /// </summary>
    /// <param name="connection">In the caller's transaction.</param>
    /// <param name="batchId">The batch.</param>
    /// <param name="tenant">Whose it is; the dead letters of its lines say so.</param>
    /// <param name="traceId">The trace that the dead letters of its lines name; null when there is none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null when a validation has finished, whose outcome is on its way: there is nothing to do.</returns>
    public static Task<int?> TakeAsync(
        NpgsqlConnection connection, Guid batchId, string tenant, string? traceId,
        CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<int?>(new(
            $"""
             WITH taken AS (
                 INSERT INTO {S}.validations AS v (batch_id, epoch, tenant, trace_id)
                 VALUES (@batchId, 1, @tenant, @traceId)
                 ON CONFLICT (batch_id) DO UPDATE SET epoch = v.epoch + 1 WHERE NOT v.finished
                 RETURNING epoch)
             SELECT epoch FROM taken
             """,
            new { batchId, tenant, traceId },
            cancellationToken: cancellationToken));

    /// <summary>
    /// Counts a validation whose message failed for good, with or without having been begun. The parameters are those
    /// of <see cref="TakeAsync"/>.
    /// </summary>
    /// <returns>How many so far; null when a validation has finished.</returns>
    public static Task<int?> FailAsync(
        NpgsqlConnection connection, Guid batchId, string tenant, string? traceId,
        CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<int?>(new(
            $"""
             INSERT INTO {S}.validations AS v (batch_id, epoch, tenant, trace_id, failures)
             VALUES (@batchId, 0, @tenant, @traceId, 1)
             ON CONFLICT (batch_id) DO UPDATE SET failures = v.failures + 1 WHERE NOT v.finished
             RETURNING failures
             """,
            new { batchId, tenant, traceId },
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

    /// <summary>
    /// Records that the outcome is decided, good or bad. Call it after <see cref="HoldAsync"/>, in the transaction that
    /// reports it.
    /// </summary>
    public static Task FinishAsync(NpgsqlConnection connection, Guid batchId, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"UPDATE {S}.validations SET finished = true WHERE batch_id = @batchId",
            new { batchId },
            cancellationToken: cancellationToken));

    /// <summary>
    /// Ends whatever validation runs, because its batch is to be stopped; waits for its commit in flight. The caller
    /// holds the batch's row, so that no new one begins.
    /// </summary>
    /// <returns>Whether a validation had finished: only then are the shards those of the whole file.</returns>
    public static async Task<bool> FenceAsync(
        NpgsqlConnection connection, Guid batchId, CancellationToken cancellationToken) =>
        await connection.QuerySingleOrDefaultAsync<bool?>(new(
            $"UPDATE {S}.validations SET epoch = epoch + 1 WHERE batch_id = @batchId RETURNING finished",
            new { batchId },
            cancellationToken: cancellationToken)) ?? false;

    /// <summary>
    /// Workers take no shard of a paused batch, and let go of those that they have; call it in the transaction that
    /// pauses the batch, or resumes it. Nothing is noted before its first validation: it has no shard then, and gets
    /// none dispatched until it is resumed.
    /// </summary>
    public static Task PauseAsync(
        NpgsqlConnection connection, Guid batchId, bool paused, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"UPDATE {S}.validations SET paused = @paused WHERE batch_id = @batchId AND paused <> @paused",
            new { batchId, paused },
            cancellationToken: cancellationToken));
}
