using MassTransit;

namespace Sluice.Durability.Outbox;

/// <summary>
/// One try at a message, and a payload of its send context: ends at its first failure. MassTransit 8.4.0 would try
/// again by itself, seconds later and until its token is cancelled, and a message that makes the broker close the
/// channel would close it under all others each time.
/// </summary>
internal sealed class PublishAttempt
{
    // Continued on the thread that ends it: the only one that waits is the batch, for all of its attempts.
    private readonly TaskCompletionSource _ended = new();
    private Exception? _error;

    /// <summary>Completes when the attempt has ended; never fails.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Why the message is not confirmed; null when it is.</summary>
    public Exception? Error => _ended.Task.IsCompleted
        ? Volatile.Read(ref _error)
        : new OperationCanceledException("The broker did not confirm the message in time.");

    public void Succeeded() => _ended.TrySetResult();

    /// <summary>The first failure counts.</summary>
    public void Failed(Exception error)
    {
        Interlocked.CompareExchange(ref _error, error, null);
        _ended.TrySetResult();
    }

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
                attempt.Failed(exception);
            }

            return Task.CompletedTask;
        }
    }
}
