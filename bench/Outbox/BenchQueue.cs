using MassTransit;
using RabbitMQ.Client;

namespace Sluice.Bench.Outbox;

/// <summary>
/// A quorum queue that takes every <see cref="BenchMessage"/> and has no consumer: publishing alone is measured.
/// </summary>
internal sealed class BenchQueue : IAsyncDisposable
{
    private const string Name = "bench-outbox";
    private readonly IConnection _connection;
    private readonly IChannel _channel;

    private BenchQueue(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    /// <param name="broker">Where to declare it.</param>
    /// <param name="topology">Names the exchange to which the message is published.</param>
    public static async Task<BenchQueue> DeclareAsync(Uri broker, IBusTopology topology)
    {
        var anyHost = new Uri("rabbitmq://bench/");
        var exchange = topology.Publish<BenchMessage>().TryGetPublishAddress(anyHost, out var address)
            ? address.Segments[^1]
            : throw new InvalidOperationException("The message has no publish address.");
        var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true);
        await channel.QueueDeclareAsync(
            Name, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        await channel.QueueBindAsync(Name, exchange, "");
        return new BenchQueue(connection, channel);
    }

    /// <summary>Empties the queue.</summary>
    /// <returns>How many messages were in it.</returns>
    public Task<uint> PurgeAsync() => _channel.QueuePurgeAsync(Name);

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
