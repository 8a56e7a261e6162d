using MassTransit;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sluice.Contracts.Batches;
using Sluice.Contracts.Webhooks;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Webhooks;

/// <summary>Writes the deliveries of an event, and their first commands, in one transaction.</summary>
internal sealed class BatchEndedConsumer(SchedulerDbContext db) : IConsumer<BatchEnded>
{
    public async Task Consume(ConsumeContext<BatchEnded> context)
    {
        var ended = context.Message;
        var deliveries = await WebhookTable.AnnounceAsync(
            (NpgsqlConnection)db.Database.GetDbConnection(), ended.Tenant, ended.BatchId,
            WebhookEvents.OfBatch(ended.Status), ended.EndedAt, context.CancellationToken);
        if (deliveries.Count == 0)
        {
            return;
        }

        var queue = await context.GetSendEndpoint(Queues.Address(Queues.Webhooks));
        foreach (var id in deliveries)
        {
            await queue.Send(new DeliverWebhook { DeliveryId = id, Attempt = 1 }, context.CancellationToken);
        }
    }
}
