using Dapper;
using Npgsql;
using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Jobs;
using Sluice.Scheduler.DeadLetters;

namespace Sluice.Scheduler.Webhooks;

/// <summary>The statements on webhooks and their deliveries; each runs in the caller's transaction, if it has one.
/// </summary>
internal static class WebhookTable
{
    private const string S = SchedulerSchema.Name;
    private const string Columns =
        "id AS Id, name AS Name, url AS Url, event_types AS EventTypes, created_at AS CreatedAt";

    /// <summary>
    /// False when the tenant has as many as it may have; requests of one tenant go one after the other.
    /// </summary>
    public static async Task<bool> InsertAsync(
        NpgsqlConnection connection, string tenant, Webhook webhook, byte[] secret, int max,
        CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new(
            "SELECT pg_advisory_xact_lock(hashtextextended(@tenant, 30003))",
            new { tenant },
            cancellationToken: cancellationToken));
        var inserted = await connection.ExecuteAsync(new(
            $"""
             INSERT INTO {S}.webhooks (id, tenant, name, url, event_types, secret, created_at)
             SELECT @Id, @tenant, @Name, @Url, @EventTypes, @secret, @CreatedAt
             WHERE (SELECT count(*) FROM {S}.webhooks WHERE tenant = @tenant) < @max
             """,
            new { webhook.Id, tenant, webhook.Name, webhook.Url, webhook.EventTypes, secret, webhook.CreatedAt, max },
            cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return inserted == 1;
    }

    /// <summary>The tenant's webhooks, oldest first; there are never many.</summary>
    public static async Task<IReadOnlyList<Webhook>> ListAsync(
        NpgsqlConnection connection, string tenant, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<Webhook>(new(
            $"SELECT {Columns} FROM {S}.webhooks WHERE tenant = @tenant ORDER BY created_at, id",
            new { tenant },
            cancellationToken: cancellationToken))).AsList();

    public static Task<Webhook?> FindAsync(
        NpgsqlConnection connection, string tenant, Guid id, CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<Webhook>(new(
            $"SELECT {Columns} FROM {S}.webhooks WHERE tenant = @tenant AND id = @id",
            new { tenant, id },
            cancellationToken: cancellationToken));

    /// <summary>Removes it with its deliveries; what is being sent at the moment still arrives.</summary>
    public static async Task<bool> DeleteAsync(
        NpgsqlConnection connection, string tenant, Guid id, CancellationToken cancellationToken) =>
        await connection.ExecuteAsync(new(
            $"DELETE FROM {S}.webhooks WHERE tenant = @tenant AND id = @id",
            new { tenant, id },
            cancellationToken: cancellationToken)) == 1;

    /// <summary>
    /// Writes a delivery for each webhook that asked for the event, once however often it is announced. Returns the new
    /// ones.
    /// </summary>
    public static async Task<IReadOnlyList<Guid>> AnnounceAsync(
        NpgsqlConnection connection, string tenant, Guid batchId, string eventType, DateTimeOffset at,
        CancellationToken cancellationToken) =>
        (await connection.QueryAsync<Guid>(new(
            $"""
             INSERT INTO {S}.webhook_deliveries (id, webhook_id, batch_id, event_type, created_at)
             SELECT gen_random_uuid(), id, @batchId, @eventType, @at FROM {S}.webhooks
             WHERE tenant = @tenant AND @eventType = ANY(event_types)
             ON CONFLICT DO NOTHING RETURNING id
             """,
            new { tenant, batchId, eventType, at },
            cancellationToken: cancellationToken))).AsList();

    /// <summary>Null when it is over, removed, or another attempt's turn.</summary>
    public static Task<DueDelivery?> FindDueAsync(
        NpgsqlConnection connection, Guid id, int attempt, CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<DueDelivery>(new(
            $"""
             SELECT d.id AS Id, w.id AS WebhookId, w.tenant AS Tenant, w.url AS Url, w.secret AS Secret,
                    d.batch_id AS BatchId, d.event_type AS EventType, d.created_at AS CreatedAt,
                    coalesce(b.endpoint = '{JobsEndpoints.Path}', false) AS IsJob
             FROM {S}.webhook_deliveries d JOIN {S}.webhooks w ON w.id = d.webhook_id
             LEFT JOIN {S}.batches b ON b.id = d.batch_id
             WHERE d.id = @id AND d.state = 0 AND d.attempts = @attempt - 1
             """,
            new { id, attempt },
            cancellationToken: cancellationToken));

    /// <summary>Counts an attempt; false when that was done before, or the delivery is removed.</summary>
    public static async Task<bool> RecordAsync(
        NpgsqlConnection connection, Guid id, int attempt, WebhookAnswer answer, DeliveryState state,
        CancellationToken cancellationToken) =>
        await connection.ExecuteAsync(new(
            $"""
             UPDATE {S}.webhook_deliveries
             SET attempts = @attempt, state = @state, last_status = @Status, last_error = @Error,
                 attempted_at = clock_timestamp()
             WHERE id = @id AND state = 0 AND attempts = @attempt - 1
             """,
            new { id, attempt, state = (short)state, answer.Status, answer.Error },
            cancellationToken: cancellationToken)) == 1;

    /// <summary>Deliveries of a webhook that are older than the cursor, newest first.</summary>
    public static async Task<IReadOnlyList<DeliveryRow>> DeliveriesAsync(
        NpgsqlConnection connection, Guid webhookId, Guid? after, int limit, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<DeliveryRow>(new(
            $"""
             SELECT id AS Id, batch_id AS BatchId, event_type AS EventType, created_at AS CreatedAt, state AS State,
                    attempts AS Attempts, last_status AS LastStatus, last_error AS LastError,
                    attempted_at AS AttemptedAt
             FROM {S}.webhook_deliveries
             WHERE webhook_id = @webhookId AND (@after::uuid IS NULL OR (created_at, id) < (
                 SELECT created_at, id FROM {S}.webhook_deliveries WHERE id = @after AND webhook_id = @webhookId))
             ORDER BY created_at DESC, id DESC LIMIT @limit
             """,
            new { webhookId, after, limit },
            cancellationToken: cancellationToken))).AsList();

    /// <summary>Encrypts the secrets that were stored before there was encryption.</summary>
    public static async Task SealAsync(
        NpgsqlConnection connection, WebhookSecrets secrets, CancellationToken cancellationToken)
    {
        var plain = await connection.QueryAsync<(Guid Id, byte[] Secret)>(new(
            $"SELECT id, secret FROM {S}.webhooks WHERE length(secret) = {WebhookSecret.Bytes}",
            cancellationToken: cancellationToken));
        foreach (var (id, secret) in plain)
        {
            await connection.ExecuteAsync(new(
                $"UPDATE {S}.webhooks SET secret = @box WHERE id = @id AND secret = @secret",
                new { id, secret, box = secrets.Seal(id, secret) },
                cancellationToken: cancellationToken));
        }
    }

    /// <summary>
    /// Removes deliveries that are over and older than this, but for those that a dead letter may send again; returns
    /// how many.
    /// </summary>
    public static Task<int> ForgetAsync(
        NpgsqlConnection connection, DateTimeOffset before, int limit, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"""
             DELETE FROM {S}.webhook_deliveries WHERE id IN (
                 SELECT d.id FROM {S}.webhook_deliveries d
                 WHERE d.created_at < @before AND d.state > 0 AND NOT EXISTS (
                     SELECT FROM {LetterTable.Name} l WHERE l.message_id = d.id
                     AND l.kind = {(int)LetterKind.Webhook} AND l.state <> {(int)LetterState.Replayed})
                 ORDER BY d.created_at LIMIT @limit)
             """,
            new { before, limit },
            cancellationToken: cancellationToken));
}
