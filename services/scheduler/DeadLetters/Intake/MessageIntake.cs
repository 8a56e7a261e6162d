using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using Sluice.Durability.Messaging;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.DeadLetters.Intake;

/// <summary>
/// Empties the failure queues of all work queues into the dead letters, over a connection of its own: nothing that it
/// takes is anybody else's. Every scheduler does it; a message goes to one of them.
/// </summary>
internal sealed partial class MessageIntake(
    BrokerConnections broker,
    MessageLetterStore store,
    IOptions<DeadLetterOptions> options,
    IOptions<MessagingOptions> messaging,
    ILogger<MessageIntake> logger) : BackgroundService
{
    private readonly Dictionary<string, FailureChannel> _channels = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.IntakeInterval);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunAsync(timer, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the broker.
                Log.Failed(logger, e.Message);
                await timer.WaitForNextTickAsync(stoppingToken);
            }
        }
    }

    /// <summary>Returns when the connection is lost.</summary>
    private async Task RunAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        await using var connection = await broker.OpenAsync("sluice-dead-letters", cancellationToken);
        try
        {
            while (connection.IsOpen)
            {
                await OpenChannelsAsync(connection, cancellationToken);
                await timer.WaitForNextTickAsync(cancellationToken);
            }
        }
        finally
        {
            _channels.Clear();
        }
    }

    /// <summary>Opens those that are not open: at the start, or because they were lost.</summary>
    private async Task OpenChannelsAsync(IConnection connection, CancellationToken cancellationToken)
    {
        var quorum = messaging.Value.QueueType == QueueType.Quorum;
        foreach (var queue in Queues.All)
        {
            if (_channels.Remove(queue, out var channel))
            {
                if (channel.IsOpen)
                {
                    _channels.Add(queue, channel);
                    continue;
                }

                await channel.DisposeAsync();
            }

            if (await FailureChannel.OpenAsync(
                connection, queue, quorum, options.Value.Prefetch, store, cancellationToken) is { } opened)
            {
                _channels.Add(queue, opened);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Messages that failed are not taken in now: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
