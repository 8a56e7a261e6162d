using MassTransit;
using MassTransit.RabbitMqTransport;

namespace Sluice.Durability.Messaging;

/// <summary>
/// Where messages of a queue end that fail for good. MassTransit makes <c>_error</c> and <c>_skipped</c> when the first
/// message needs them; whoever collects them wants to wait for them before that.
/// </summary>
public static class FailureQueues
{
    /// <summary>The consumer failed for good.</summary>
    public const string Error = "_error";

    /// <summary>No consumer takes the type of the message.</summary>
    public const string Skipped = "_skipped";

    /// <summary>The consumer's process ended again and again; of quorum queues only.</summary>
    public const string Undelivered = "_undelivered";

    /// <summary>
    /// Declares those of the endpoint each time that its channel opens. Name, exchange and arguments are exactly those
    /// that MassTransit 8.4.0 would use (a copy of the endpoint's own): another argument would be refused (406).
    /// </summary>
    internal static void Declare(
        IRabbitMqReceiveEndpointConfigurator endpoint, string name, IDictionary<string, object> arguments) =>
        endpoint.ConfigureChannel(pipe => pipe.UseExecuteAsync(async channel =>
        {
            await DeclareAsync(channel, name + Error, arguments);
            await DeclareAsync(channel, name + Skipped, arguments);
        }));

    private static async Task DeclareAsync(ChannelContext channel, string name, IDictionary<string, object> arguments)
    {
        await channel.ExchangeDeclare(
            name, RabbitMQ.Client.ExchangeType.Fanout, durable: true, autoDelete: false,
            new Dictionary<string, object>(StringComparer.Ordinal));
        await channel.QueueDeclare(name, durable: true, exclusive: false, autoDelete: false, arguments);
        await channel.QueueBind(name, name, "", new Dictionary<string, object>(StringComparer.Ordinal));
    }
}
