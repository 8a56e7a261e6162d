using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace Sluice.Durability.Messaging;

/// <summary>Connections to the broker beside the bus's own. Thread-safe.</summary>
public sealed class BrokerConnections(RabbitMqUri broker, IOptions<MessagingOptions> options)
{
    /// <summary>
    /// Opens a connection that does not recover by itself: its owner opens the next one, and knows that what was
    /// delivered over this one comes again. Of several nodes it takes one that answers.
    /// </summary>
    public Task<IConnection> OpenAsync(string name, CancellationToken cancellationToken)
    {
        var tls = new SslOption { Enabled = broker.Tls, ServerName = broker.Host };
        var nodes = new List<AmqpTcpEndpoint> { new(broker.Host, broker.Port, tls) };
        foreach (var node in options.Value.Nodes.Select(AmqpTcpEndpoint.Parse))
        {
            nodes.Add(new AmqpTcpEndpoint(node.HostName, node.Port, tls));
        }

        var factory = new ConnectionFactory
        {
            VirtualHost = broker.VirtualHost,
            UserName = broker.User,
            Password = broker.Password,
            AutomaticRecoveryEnabled = false,
            RequestedHeartbeat = options.Value.Heartbeat,
        };
        AttentiveSocket.Use(factory);
        return factory.CreateConnectionAsync(nodes, name, cancellationToken);
    }
}
