using Dapper;
using MassTransit;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.BatchStore.DeadLetters;
using Sluice.BatchStore.Shards;
using Sluice.Contracts.Batches;
using Sluice.Scheduler.Batches.Validation;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Dispatch;
using Sluice.Scheduler.Hosting;
using Sluice.Scheduler.Telemetry;

namespace Sluice.Scheduler.DeadLetters.Intake;

/// <summary>Stores messages that failed for good. Safe for concurrent use.</summary>
internal sealed class MessageLetters(IOptions<DispatchOptions> dispatch, ValidationRetries validations)
{
    private const string S = SchedulerSchema.Name;

    private static readonly string ValidateBatchUrn = MessageUrn.ForTypeString<ValidateBatch>();

    /// <summary>
    /// Stores it, and has the shard of a <c>RunShard</c> dispatched and a validation tried again: nobody else knows yet
    /// that their message does not come. In the caller's transaction. False when it was stored before: the broker has
    /// delivered it again.
    /// </summary>
    public async Task<bool> StoreAsync(
        SchedulerTransaction transaction, MessageLetter letter, CancellationToken cancellationToken)
    {
        var connection = transaction.Connection;
        if (!await InsertAsync(connection, letter, cancellationToken))
        {
            return false;
        }

        if (letter.Shard is { } shard
            && await ShardTable.ResetFailedAsync(
                connection, new(shard.BatchId, shard.No), shard.Epoch, dispatch.Value.RedispatchAfter,
                cancellationToken))
        {
            SchedulerMetrics.ShardsRecovered("failed_message", 1);
        }

        if (letter is { Queue: Queues.Validation, BatchId: { } batch }
            && letter.MessageType.Split(';').Contains(ValidateBatchUrn, StringComparer.Ordinal))
        {
            await validations.AfterLetterAsync(transaction, batch, letter.Source, cancellationToken);
        }

        return true;
    }

    /// <summary>
    /// Stores it behind the letter whose replay it is. A copy that was redelivered does not carry the header that names
    /// that letter; its id does, for a replay keeps the id. Not what failed before the replay (the clocks of two
    /// machines may differ by some seconds), and of several with the id first one that has not failed again. A letter
    /// that the outbox gave up has the name of an exchange in place of the queue and is found by the header alone.
    /// </summary>
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
             FROM (SELECT) AS one LEFT JOIN {LetterTable.Name} p ON p.id = coalesce(@Previous, (
                 SELECT r.id FROM {LetterTable.Name} r
                 WHERE r.message_id = @MessageId AND r.queue = @Queue AND r.kind = {(int)LetterKind.Message}
                   AND r.state = {(int)LetterState.Replayed} AND r.replayed_at <= @FailedAt + interval '5 seconds'
                 ORDER BY EXISTS (SELECT FROM {LetterTable.Name} n WHERE n.previous_id = r.id),
                     r.replayed_at DESC, r.id DESC LIMIT 1))
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
