using System.Text.Json.Nodes;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>
/// Delivers every message of the work queues twice: it listens on the exchange before each queue, and puts a copy of
/// what it hears straight into the queue, with the same message id.
/// </summary>
internal sealed class MessageDuplicator : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private int _copies;

    private MessageDuplicator(IConnection connection, IChannel channel)
    {
        _connection = connection;
        _channel = channel;
    }

    /// <summary>Messages delivered once more so far.</summary>
    public int Copies => Volatile.Read(ref _copies);

    /// <param name="broker">URI with the vhost.</param>
    /// <param name="queues">Work queues, each with the exchange of the same name that feeds it.</param>
    public static async Task<MessageDuplicator> StartAsync(Uri broker, IEnumerable<string> queues)
    {
        var factory = new ConnectionFactory { Uri = broker, AutomaticRecoveryEnabled = false };
        var connection = await factory.CreateConnectionAsync();
        var channel = await connection.CreateChannelAsync();
        var duplicator = new MessageDuplicator(connection, channel);
        foreach (var queue in queues)
        {
            await duplicator.DuplicateAsync(queue);
        }

        return duplicator;
    }

    /// <summary>The queues of a vhost that services consume from, as the management API lists them.</summary>
    public static IEnumerable<string> WorkQueues(JsonNode queues) => queues.AsArray()
        .Select(q => q!["name"]!.GetValue<string>())
        .Where(name => !name.Contains("_error", StringComparison.Ordinal)
            && !name.Contains("_skipped", StringComparison.Ordinal)
            && !name.StartsWith("amq.", StringComparison.Ordinal)
            && !name.Contains("bus", StringComparison.OrdinalIgnoreCase));

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private async Task DuplicateAsync(string queue)
    {
        var listener = (await _channel.QueueDeclareAsync()).QueueName;
        await _channel.QueueBindAsync(listener, exchange: queue, routingKey: "");
        var consumer = new AsyncEventingBasicConsumer(_channel);
        consumer.ReceivedAsync += async (_, message) =>
        {
            // The default exchange puts it into the queue itself, past the exchange that is listened on.
            await _channel.BasicPublishAsync(
                exchange: "", routingKey: queue, mandatory: true,
                basicProperties: new BasicProperties(message.BasicProperties), body: message.Body);
            Interlocked.Increment(ref _copies);
        };
        await _channel.BasicConsumeAsync(listener, autoAck: true, consumer);
    }
}
