namespace Sluice.Durability.Outbox;

/// <summary>
/// Wakes the relay. Thread-safe. A signal that is set while nobody waits is kept: the next wait returns at once, so no
/// commit is overlooked between a claim and the wait after it.
/// </summary>
internal sealed class OutboxSignal : IDisposable
{
    private readonly SemaphoreSlim _set = new(0);

    public void Set()
    {
        // Two setters can pass the check together: then the relay looks once more for nothing.
        if (_set.CurrentCount == 0)
        {
            _set.Release();
        }
    }

    /// <returns>Whether the signal was set; false after <paramref name="timeout"/>.</returns>
    public Task<bool> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        _set.WaitAsync(timeout, cancellationToken);

    public void Dispose() => _set.Dispose();
}
