using RabbitMQ.Client;
using Sluice.BatchStore.DeadLetters;

namespace Sluice.Scheduler.DeadLetters.Intake;

/// <summary>
/// Takes the messages of one failure queue: each is stored, and only then acknowledged. Deliveries come one at a time.
/// </summary>
internal sealed class FailureConsumer(IChannel channel, string queue, LetterSource source, MessageLetterStore store)
    : AsyncDefaultBasicConsumer(channel)
{
    private volatile bool _hasEnded;

    /// <summary>
    /// It takes nothing any more: a message could not be stored, or the broker has ended it. Its owner closes the
    /// channel, and what was not acknowledged comes again over the next one.
    /// </summary>
    public bool HasEnded => _hasEnded;

    public override async Task HandleBasicDeliverAsync(
        string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey,
        IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        if (_hasEnded)
        {
            return;
        }

        if (await store.StoreAsync(queue, source, properties, body, cancellationToken))
        {
            await Channel.BasicAckAsync(deliveryTag, multiple: false, cancellationToken);
        }
        else
        {
            // Closing the channel here would wait for this very delivery.
            _hasEnded = true;
        }
    }

    public override Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        _hasEnded = true;
        return base.HandleBasicCancelAsync(consumerTag, cancellationToken);
    }
}
