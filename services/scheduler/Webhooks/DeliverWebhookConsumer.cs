using MassTransit;
using Sluice.Contracts.Webhooks;

namespace Sluice.Scheduler.Webhooks;

/// <summary>
/// Tries a delivery once; holds the message meanwhile, so that a scheduler that dies hands the attempt to another.
/// </summary>
internal sealed class DeliverWebhookConsumer(WebhookDelivery delivery) : IConsumer<DeliverWebhook>
{
    public Task Consume(ConsumeContext<DeliverWebhook> context) =>
        delivery.RunAsync(context.Message.DeliveryId, context.Message.Attempt, context.CancellationToken);
}
