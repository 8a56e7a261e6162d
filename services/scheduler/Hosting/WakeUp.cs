using System.Threading.Channels;

namespace Sluice.Scheduler.Hosting;

/// <summary>
/// Wakes the loop <typeparamref name="TLoop"/>. Signals are merged: any number between two waits wake it once, and one
/// that comes while it works wakes it right after. Any thread may set it; one loop waits.
/// </summary>
internal sealed class WakeUp<TLoop>(TimeProvider time)
{
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Set() => _signals.Writer.TryWrite(true);

    /// <summary>Returns at the next signal, at the latest after <paramref name="timeout"/>.</summary>
    public async Task WaitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await _signals.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time for the regular look.
        }
    }
}
