using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Sluice.Durability.Messaging;

/// <summary>Opens and closes a connection with the same credentials: what an endpoint would need to recover.</summary>
internal sealed partial class BrokerProbe(BrokerConnections broker, ILogger<BrokerProbe> logger) : IBrokerProbe
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Timeout);
        try
        {
            await using var connection = await broker.OpenAsync("sluice-probe", limit.Token);
            await using var channel = await connection.CreateChannelAsync(cancellationToken: limit.Token);
            return channel.IsOpen;
        }
        catch (Exception exception) when (exception is RabbitMQClientException or SocketException or IOException
            or TimeoutException or OperationCanceledException)
        {
            Log.NoAnswer(logger, exception.Message);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "The broker does not answer the probe: {Reason}")]
        public static partial void NoAnswer(ILogger logger, string reason);
    }
}
