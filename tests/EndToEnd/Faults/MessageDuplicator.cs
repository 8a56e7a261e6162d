using System.Text.Json.Nodes;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>
/// Delivers every message of the work queues twice, and out of order: it stands between the queues and the exchanges
/// that feed them, holds a few messages, and puts now this one and now that one straight into its queue.
/// </summary>
internal sealed class MessageDuplicator : IAsyncDisposable
{
    private const int Held = 8;
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(10);

    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly Random _random;
    private readonly List<string> _queues = [];
    private readonly List<(string Queue, BasicProperties Properties, byte[] Body)> _held = [];
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly PeriodicTimer _timer = new(s_step);
    private Task _releasing = Task.CompletedTask;
    private int _copies;

    private MessageDuplicator(IConnection connection, IChannel channel, Random random)
    {
        _connection = connection;
        _channel = channel;
        _random = random;
    }

    /// <summary>Messages delivered once more so far.</summary>
    public int Copies => Volatile.Read(ref _copies);

    /// <param name="broker">URI with the vhost.</param>
    /// <param name="queues">Work queues, each with the exchange of the same name that feeds it.</param>
    /// <param name="random">The order.</param>
    public static async Task<MessageDuplicator> StartAsync(Uri broker, IEnumerable<string> queues, Random random)
    {
        var factory = new ConnectionFactory { Uri = broker, AutomaticRecoveryEnabled = false };
        var connection = await factory.CreateConnectionAsync();
        var channel = await connection.CreateChannelAsync();
        var duplicator = new MessageDuplicator(connection, channel, random);
        foreach (var queue in queues)
        {
            await duplicator.DuplicateAsync(queue);
        }

        duplicator._releasing = duplicator.ReleaseAsync();
        return duplicator;
    }

    /// <summary>The queues of a vhost that services consume from, as the management API lists them.</summary>
    public static IEnumerable<string> WorkQueues(JsonNode queues) => queues.AsArray()
        .Select(q => q!["name"]!.GetValue<string>())
        .Where(name => !name.Contains("_error", StringComparison.Ordinal)
            && !name.Contains("_skipped", StringComparison.Ordinal)
            && !name.Contains("_undelivered", StringComparison.Ordinal)
            && !name.StartsWith("amq.", StringComparison.Ordinal)
            && !name.Contains("bus", StringComparison.OrdinalIgnoreCase));

    /// <summary>Lets the queues have their messages themselves again, and what is held.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var queue in _queues)
        {
            await _channel.QueueBindAsync(queue, exchange: queue, routingKey: "");
        }

        _timer.Dispose();
        await _releasing;
        await _gate.WaitAsync();
        await ReleaseDownToAsync(0);
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
        _gate.Dispose();
    }

    private async Task DuplicateAsync(string queue)
    {
        var listener = (await _channel.QueueDeclareAsync()).QueueName;
        await _channel.QueueBindAsync(listener, exchange: queue, routingKey: "");
        var consumer = new AsyncEventingBasicConsumer(_channel);
        consumer.ReceivedAsync += (_, message) => HoldAsync(queue, message);
        await _channel.BasicConsumeAsync(listener, autoAck: true, consumer);
        await _channel.QueueUnbindAsync(queue, exchange: queue, routingKey: "");
        _queues.Add(queue);
    }

    private async Task HoldAsync(string queue, BasicDeliverEventArgs message)
    {
        var held = (queue, new BasicProperties(message.BasicProperties), message.Body.ToArray());
        await _gate.WaitAsync();
        try
        {
            _held.AddRange([held, held]);
            Interlocked.Increment(ref _copies);
            await ReleaseDownToAsync(Held);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>What is held does not wait for others to come.</summary>
    private async Task ReleaseAsync()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            await _gate.WaitAsync();
            try
            {
                await ReleaseDownToAsync(Math.Max(0, _held.Count - 1));
            }
            finally
            {
                _gate.Release();
            }
        }
    }

    private async Task ReleaseDownToAsync(int count)
    {
        while (_held.Count > count)
        {
            var one = _random.Next(_held.Count);
            var (queue, properties, body) = _held[one];
            _held.RemoveAt(one);

            // The default exchange puts it into the queue itself, past the exchange that is listened on.
            await _channel.BasicPublishAsync(
                exchange: "", routingKey: queue, mandatory: true, basicProperties: properties, body: body);
        }
    }
}
