namespace Sluice.BatchWorker.Lines;

/// <summary>
/// A counted bound of bytes in memory, first come, first served. A request larger than the whole budget waits for all
/// of it and then has it alone. Thread-safe; waiters are bounded by their callers.
/// </summary>
internal sealed class ByteBudget
{
    private readonly long _capacity;
    private readonly Lock _lock = new();
    private readonly LinkedList<(long Bytes, TaskCompletionSource Granted)> _waiting = new();
    private long _free;

    public ByteBudget(long capacity) => _capacity = _free = capacity;

    /// <summary>Takes bytes from the budget; give back the same number with <see cref="Return"/>.</summary>
    public Task TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        bytes = Math.Min(bytes, _capacity);
        lock (_lock)
        {
            if (_waiting.Count == 0 && bytes <= _free)
            {
                _free -= bytes;
                return Task.CompletedTask;
            }
        }

        return WaitAsync(bytes, cancellationToken);
    }

    public void Return(long bytes)
    {
        lock (_lock)
        {
            _free += Math.Min(bytes, _capacity);
            while (_waiting.First is { } first && first.Value.Bytes <= _free)
            {
                _waiting.RemoveFirst();
                _free -= first.Value.Bytes;
                first.Value.Granted.SetResult();
            }
        }
    }

    private async Task WaitAsync(long bytes, CancellationToken cancellationToken)
    {
        var granted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        LinkedListNode<(long Bytes, TaskCompletionSource Granted)> node;
        lock (_lock)
        {
            node = _waiting.AddLast((bytes, granted));
        }

        // What was returned between the first look and the queueing would wake nobody.
        Return(0);
        try
        {
            await granted.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            bool left;
            lock (_lock)
            {
                left = node.List is not null;
                if (left)
                {
                    _waiting.Remove(node);
                }
            }

            // Granted in the same moment: nobody else would give it back. Leaving may let a smaller one behind it in.
            Return(left ? 0 : bytes);
            throw;
        }
    }
}
