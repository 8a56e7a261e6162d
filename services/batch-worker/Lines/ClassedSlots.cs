using Sluice.BatchStore.Shards;

namespace Sluice.BatchWorker.Lines;

/// <summary>
/// A bounded number of slots; one that becomes free goes to the waiter of the highest class that waits longest. The
/// waiters are bounded by the lines in hand. Thread-safe.
/// </summary>
internal sealed class ClassedSlots(int slots)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource>[] _waiting =
        [.. ShardClasses.All.Select(_ => new LinkedList<TaskCompletionSource>())];

    private int _free = slots;

    /// <exception cref="OperationCanceledException">Cancelled while it waited; no slot is held.</exception>
    public ValueTask EnterAsync(ShardClass shardClass, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return ValueTask.CompletedTask;
            }

            place = _waiting[(int)shardClass].AddLast(
                new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return new(WaitAsync(place, cancellationToken));
    }

    public void Leave()
    {
        TaskCompletionSource? next = null;
        lock (_lock)
        {
            if (Array.Find(_waiting, waiters => waiters.Count > 0) is { } waiters)
            {
                next = waiters.First!.Value;
                waiters.RemoveFirst();
            }
            else
            {
                _free++;
            }
        }

        // Outside of the lock; a waiter that was taken off its list cannot give up any more.
        next?.SetResult();
    }

    private async Task WaitAsync(LinkedListNode<TaskCompletionSource> place, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(_ => GiveUp(place, cancellationToken), null);
        await place.Value.Task;
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource> place, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (place.List is not { } list)
            {
                // It has its slot already.
                return;
            }

            list.Remove(place);
        }

        place.Value.SetCanceled(cancellationToken);
    }
}
