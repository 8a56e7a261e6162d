using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Sluice.BatchStore.DeadLetters;
using Sluice.Durability.Messaging;

namespace Sluice.Scheduler.DeadLetters.Intake;

/// <summary>A channel with consumers of all failure queues of one work queue. Owned by one loop.</summary>
internal sealed class FailureChannel : IAsyncDisposable
{
    // The last one is of quorum queues only.
    private static readonly (string Suffix, LetterSource Source)[] Sources =
    [
        (FailureQueues.Error, LetterSource.Error),
        (FailureQueues.Skipped, LetterSource.Skipped),
        (FailureQueues.Undelivered, LetterSource.Undelivered),
    ];

    private readonly IChannel _channel;
    private readonly List<FailureConsumer> _consumers = [];

    private FailureChannel(IChannel channel) => _channel = channel;

    /// <summary>Whether all of them still receive.</summary>
    public bool IsOpen => _channel.IsOpen && !_consumers.Exists(c => c.HasEnded);

    /// <summary>Null when one of the queues does not exist: its owner has never started.</summary>
    /// <param name="connection">The broker.</param>
    /// <param name="queue">The work queue.</param>
    /// <param name="quorum">Whether it is a quorum queue: only those give up deliveries.</param>
    /// <param name="prefetch">Messages on their way at once.</param>
    /// <param name="store">Where they go.</param>
    /// <param name="cancellationToken">Ends the process.</param>
    public static async Task<FailureChannel?> OpenAsync(
        IConnection connection, string queue, bool quorum, ushort prefetch, MessageLetterStore store,
        CancellationToken cancellationToken)
    {
        var opened = new FailureChannel(await connection.CreateChannelAsync(cancellationToken: cancellationToken));
        try
        {
            await opened._channel.BasicQosAsync(0, prefetch, global: false, cancellationToken);
            foreach (var (suffix, source) in quorum ? Sources : Sources[..2])
            {
                var consumer = new FailureConsumer(opened._channel, queue, source, store);
                opened._consumers.Add(consumer);
                await opened._channel.BasicConsumeAsync(queue + suffix, autoAck: false, consumer, cancellationToken);
            }

            return opened;
        }
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            await opened.DisposeAsync();
            return null;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _channel.DisposeAsync();
}
