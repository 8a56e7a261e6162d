using Dapper;
using Npgsql;
using Sluice.BatchStore.DeadLetters;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Telemetry;

namespace Sluice.Scheduler.DeadLetters.Intake;

/// <summary>Stores messages that failed for good.</summary>
internal static class MessageLetterTable
{
    private const string S = SchedulerSchema.Name;

    /// <summary>
    /// Stores it, and has the shard of a <c>RunShard</c> dispatched again: nobody else knows yet that its message does
    /// not come. In the caller's transaction. False when it was stored before: the broker has delivered it again.
    /// </summary>
    /// <param name="connection">With a transaction.</param>
    /// <param name="letter">The message.</param>
    /// <param name="pause">How long a shard waits whose messages fail again and again.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<bool> StoreAsync(
        NpgsqlConnection connection, MessageLetter letter, TimeSpan pause, CancellationToken cancellationToken)
    {
        if (!await InsertAsync(connection, letter, cancellationToken))
        {
            return false;
        }

        if (letter.Shard is { } shard
            && await ShardTable.ResetFailedAsync(
                connection, new(shard.BatchId, shard.No), shard.Epoch, pause, cancellationToken))
        {
            SchedulerMetrics.ShardsRecovered("failed_message", 1);
        }

        return true;
    }

    private static async Task<bool> InsertAsync(
        NpgsqlConnection connection, MessageLetter letter, CancellationToken cancellationToken) =>
        await connection.ExecuteAsync(new(
            $"""
             INSERT INTO {LetterTable.Name} (id, kind, tenant, code, message, attempts, trace_id, created_at,
                 payload_bytes, batch_id, queue, source, message_type, message_id, content_type, headers, body,
                 fingerprint, previous_id)
             SELECT @id, {(int)LetterKind.Message}, (SELECT tenant FROM {S}.batches WHERE id = @BatchId), @Code,
                 @Message, @Attempts + coalesce(p.attempts, 0), @TraceId, @FailedAt, @PayloadBytes, @BatchId, @Queue,
                 @source, @MessageType, @MessageId, @ContentType, @Headers, @Body, @Fingerprint, p.id
             FROM (SELECT) AS one LEFT JOIN {LetterTable.Name} p ON p.id = @Previous
             ON CONFLICT (fingerprint) WHERE fingerprint IS NOT NULL DO NOTHING
             """,
            new
            {
                id = Guid.CreateVersion7(),
                source = (short)letter.Source,
                letter.BatchId,
                letter.Code,
                letter.Message,
                letter.Attempts,
                letter.TraceId,
                letter.FailedAt,
                letter.PayloadBytes,
                letter.Queue,
                letter.MessageType,
                letter.MessageId,
                letter.ContentType,
                letter.Headers,
                letter.Body,
                letter.Fingerprint,
                letter.Previous,
            },
            cancellationToken: cancellationToken)) == 1;
}
