using MassTransit;

namespace Sluice.Durability.Outbox;

/// <summary>
/// Payload of a stored message's send context: ends the attempt at its first failure. MassTransit 8.4.0 would try again
/// by itself, seconds later and until its token is cancelled, and a message that makes the broker close the channel
/// would close it under all others each time.
/// </summary>
internal sealed class PublishAttempt
{
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Never completes but with the failure.</summary>
    public Task Failed => _failed.Task;

    /// <summary>Connected to the bus, sees the failures before MassTransit tries again.</summary>
    internal sealed class Observer : ISendObserver
    {
        public Task PreSend<T>(SendContext<T> context)
            where T : class => Task.CompletedTask;

        public Task PostSend<T>(SendContext<T> context)
            where T : class => Task.CompletedTask;

        public Task SendFault<T>(SendContext<T> context, Exception exception)
            where T : class
        {
            if (context.TryGetPayload(out PublishAttempt? attempt))
            {
                attempt._failed.TrySetException(exception);
            }

            return Task.CompletedTask;
        }
    }
}
