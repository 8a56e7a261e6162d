using Dapper;
using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.DeadLetters;
using Sluice.Scheduler.Hosting;
using Sluice.Scheduler.Telemetry;

namespace Sluice.Scheduler.Webhooks;

/// <summary>
/// Deliveries that were given up, among the dead letters, and their way back. Each method is one statement in the
/// caller's transaction.
/// </summary>
internal static class WebhookLetters
{
    private const string Deliveries = SchedulerSchema.Name + ".webhook_deliveries";

    /// <summary>Stores one, in the transaction that counts its last attempt.</summary>
    public static async Task AddAsync(
        SchedulerTransaction transaction, DueDelivery delivery, int attempts, WebhookAnswer answer,
        CancellationToken cancellationToken)
    {
        var code = answer.Status is { } status ? $"webhook_http_{status}" : "webhook_unreachable";
        var body = WebhookEvents.BodyOf(delivery);
        await transaction.Connection.ExecuteAsync(new(
            $"""
             INSERT INTO {LetterTable.Name} (id, kind, tenant, code, message, attempts, created_at, payload_bytes,
                 batch_id, queue, message_type, message_id, content_type, body, previous_id)
             SELECT @id, {(int)LetterKind.Webhook}, @Tenant, @code, @message, @attempts + coalesce(p.attempts, 0),
                 clock_timestamp(), @bytes, @BatchId, '{Queues.Webhooks}', @EventType, @deliveryId,
                 'application/json', @body, p.id
             FROM {Deliveries} d LEFT JOIN {LetterTable.Name} p ON p.id = d.letter_id WHERE d.id = @deliveryId
             """,
            new
            {
                id = Guid.CreateVersion7(),
                delivery.Tenant,
                code,
                message = LetterText.Clean($"{delivery.Url}: {answer.Error}", LetterText.MaxMessage),
                attempts,
                bytes = (long)body.Length,
                delivery.BatchId,
                delivery.EventType,
                deliveryId = delivery.Id,
                body,
            },
            cancellationToken: cancellationToken));
        SchedulerMetrics.LettersStored(Queues.Webhooks, code);
    }

    /// <summary>
    /// Failed → Pending, with its attempts before it again. False when the delivery is not there any more.
    /// </summary>
    public static async Task<bool> RearmAsync(
        SchedulerTransaction transaction, LetterRow letter, CancellationToken cancellationToken) =>
        await transaction.Connection.ExecuteAsync(new(
            $"""
             UPDATE {Deliveries} SET state = {(int)DeliveryState.Pending}, attempts = 0, letter_id = @Id
             WHERE id = @MessageId AND state = {(int)DeliveryState.Failed}
             """,
            new { letter.Id, letter.MessageId },
            cancellationToken: cancellationToken)) == 1;
}
