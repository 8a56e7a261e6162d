using RabbitMQ.Client;

namespace Sluice.Durability.Messaging;

/// <summary>Connections to the broker beside the bus's own. Thread-safe.</summary>
public sealed class BrokerConnections(RabbitMqUri broker)
{
    /// <summary>
    /// Opens a connection that does not recover by itself: its owner opens the next one, and knows that what was
    /// delivered over this one comes again.
    /// </summary>
    public Task<IConnection> OpenAsync(string name, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory
        {
            HostName = broker.Host,
            Port = broker.Port,
            VirtualHost = broker.VirtualHost,
            UserName = broker.User,
            Password = broker.Password,
            AutomaticRecoveryEnabled = false,
            Ssl = new SslOption { Enabled = broker.Tls, ServerName = broker.Host },
        };
        return factory.CreateConnectionAsync(name, cancellationToken);
    }
}
