using System.Threading.Tasks.Sources;

namespace Sluice.Inference.Simulated;

/// <summary>
/// The reusable wait of one stream: no allocation per token. One waiter at a time. Cancelling completes the current
/// wait and every later one at once; the waiter looks at the token afterwards.
/// </summary>
internal sealed class PacedWait : IValueTaskSource, IDisposable
{
    private readonly Pacer _pacer;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _registration;
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private int _isWaiting;

    public PacedWait(Pacer pacer, CancellationToken cancellation)
    {
        _pacer = pacer;
        _cancellation = cancellation;
        _registration = cancellation.UnsafeRegister(static state => ((PacedWait)state!).Complete(), this);
    }

    public ValueTask Until(long due)
    {
        _core.Reset();
        Volatile.Write(ref _isWaiting, 1);
        _pacer.Enqueue(this, due);
        if (_cancellation.IsCancellationRequested)
        {
            // The cancellation may have come before the wait was marked: whoever takes the mark completes it.
            Complete();
        }

        return new ValueTask(this, _core.Version);
    }

    /// <summary>
    /// Called by the pacer or by the cancellation, whichever is first. A late call of the pacer finds no wait: after a
    /// cancellation no further one begins.
    /// </summary>
    public void Complete()
    {
        if (Interlocked.Exchange(ref _isWaiting, 0) == 1)
        {
            _core.SetResult(true);
        }
    }

    public void Dispose() => _registration.Dispose();

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags) => _core.OnCompleted(continuation, state, token, flags);
}
