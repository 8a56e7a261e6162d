using System.Text;
using System.Text.Json.Nodes;
using MassTransit;
using RabbitMQ.Client;
using Sluice.Durability.Messaging;

namespace Sluice.Tests.Integration.DeadLetters;

/// <summary>Sends messages past MassTransit: any bytes, any headers.</summary>
internal sealed class RawMessages : IAsyncDisposable
{
    private readonly IConnection _connection;

    private RawMessages(IConnection connection, IChannel channel) => (_connection, Channel) = (connection, channel);

    public IChannel Channel { get; }

    public IConnection Connection => _connection;

    public static async Task<RawMessages> OpenAsync(DeadLetterFixture sluice)
    {
        var connection = await sluice.Get<BrokerConnections>().OpenAsync("test", default);
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, true);
        return new(connection, await connection.CreateChannelAsync(options));
    }

    /// <summary>A message as MassTransit would write it.</summary>
    public static string Envelope<T>(Guid id, JsonObject message)
        where T : class => new JsonObject
        {
            ["messageId"] = id.ToString(),
            ["messageType"] = new JsonArray(MessageUrn.ForTypeString<T>()),
            ["message"] = message,
        }.ToJsonString();

    /// <summary>Sends a message as MassTransit would.</summary>
    /// <returns>Its id.</returns>
    public async Task<Guid> SendAsync<T>(
        string exchange, JsonObject message, params (string Name, object Value)[] headers)
        where T : class
    {
        var id = Guid.NewGuid();
        await SendAsync(exchange, id, Envelope<T>(id, message), headers);
        return id;
    }

    /// <returns>The message's id.</returns>
    public async Task<Guid> SendAsync(string exchange, string body, params (string Name, object Value)[] headers)
    {
        var id = Guid.NewGuid();
        await SendAsync(exchange, id, body, headers);
        return id;
    }

    public async Task SendAsync(string exchange, Guid id, string body, params (string Name, object Value)[] headers)
    {
        var properties = new BasicProperties
        {
            MessageId = id.ToString(),
            ContentType = "application/vnd.masstransit+json",
            DeliveryMode = DeliveryModes.Persistent,
            Headers = headers.ToDictionary(h => h.Name, h => (object?)h.Value, StringComparer.Ordinal),
        };
        await Channel.BasicPublishAsync(exchange, "", mandatory: true, properties, Encoding.UTF8.GetBytes(body));
    }

    public async ValueTask DisposeAsync()
    {
        await Channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
