using System.Runtime.CompilerServices;
using MassTransit;
using MassTransit.RabbitMqTransport;
using MassTransit.RabbitMqTransport.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace Sluice.Durability.Messaging;

/// <summary>
/// The bus's own connection, for whoever finds that it is of no use. A channel of RabbitMQ 3.10 that sends to a quorum
/// queue for the first time while the node that leads it is gone goes on to ask that node for as long as the channel
/// lives: it is silent for 5 s and refuses the message (nack), until the node is back, though the others have elected a
/// leader long since and take the same message on any new channel (ADR 0017). Thread-safe.
/// </summary>
internal sealed partial class BusConnection(
    IOptions<MessagingOptions> options, TimeProvider time, ILogger<BusConnection> logger)
{
    private const int LongestPause = 32;

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private IRabbitMqHostConfiguration? _host;
    private long _reported;
    private long _renewed;
    private TimeSpan _pause;

    /// <summary>What a bus makes its connection with.</summary>
    public static IRabbitMqHostConfiguration HostOf(IRabbitMqBusFactoryConfigurator rabbit) =>
        Field((RabbitMqBusFactoryConfigurator)rabbit);

    /// <summary>To be called once, when the bus is configured.</summary>
    public void Use(IRabbitMqHostConfiguration host) => _host = host;

    /// <summary>
    /// Reports that the broker keeps nothing of what it is given over this connection. The second time within <see
    /// cref="MessagingOptions.RenewInterval"/> the connection is closed, and the bus opens the next by itself. What was
    /// under way comes again: to the broker by the relay, to the consumers by the broker.
    /// </summary>
    public async Task RenewAsync(string reason)
    {
        if (!IsDue() || _host is not { } host)
        {
            return;
        }

        Log.Renewing(logger, reason);
        using var limit = new CancellationTokenSource(CloseTimeout, time);

        // One that cannot be had to be closed is none.
        await host.ConnectionContextSupervisor.Send(
            Pipe.ExecuteAsync<ConnectionContext>(context => context.Connection.AbortAsync(
                Constants.ReplySuccess, "renewed", CloseTimeout)),
            limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>
    /// Each time after twice the pause: a broker that has an alarm takes nothing over any connection, and whoever
    /// consumes is not to be cut off for that again and again.
    /// </summary>
    private bool IsDue()
    {
        lock (_lock)
        {
            var interval = options.Value.RenewInterval;
            var isFirst = _reported == 0 || time.GetElapsedTime(_reported) >= interval;
            _reported = time.GetTimestamp();
            if (isFirst)
            {
                _pause = interval;
                return false;
            }

            if (_renewed != 0 && time.GetElapsedTime(_renewed) < _pause)
            {
                return false;
            }

            _renewed = _reported;
            _pause = _pause < LongestPause * interval ? 2 * _pause : _pause;
            return true;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_hostConfiguration")]
    private static extern ref IRabbitMqHostConfiguration Field(RabbitMqBusFactoryConfigurator rabbit);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Closing the connection to the broker: {Reason} over it")]
        public static partial void Renewing(ILogger logger, string reason);
    }
}
