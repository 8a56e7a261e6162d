using MassTransit;

namespace Sluice.Durability.Outbox;

internal static class OutboxAddress
{
    private static readonly Uri AnyHost = new("rabbitmq://localhost/");

    /// <summary>
    /// A destination without host and queue: <c>queue:x</c> and <c>rabbitmq://host/vhost/x?bind=true&amp;queue=x</c>
    /// become <c>exchange:x</c>. A queue address would declare the queue as a classic one, which a quorum queue refuses
    /// (406), and a host would be out of date when the broker has moved. Addresses of other transports are kept as they
    /// are.
    /// </summary>
    public static string Shorten(Uri destination)
    {
        if (destination.Scheme is not ("queue" or "exchange" or "rabbitmq" or "rabbitmqs" or "amqp" or "amqps"))
        {
            return destination.ToString();
        }

        var address = new RabbitMqEndpointAddress(AnyHost, destination);
        return new RabbitMqEndpointAddress(
            AnyHost, address.Name, address.ExchangeType, address.Durable, address.AutoDelete,
            bindToQueue: false, queueName: null, address.DelayedType, address.BindExchanges,
            address.AlternateExchange, singleActiveConsumer: false).ToShortAddress().ToString();
    }
}
