namespace Sluice.Streaming.WebSockets;

/// <summary>
/// Tells the sockets that the process was asked to stop, before the drain of responses waits for their readers.
/// Thread-safe.
/// </summary>
internal sealed class SocketDrain : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _begun = new();

    /// <summary>Cancelled when sockets have to take no more, and close when their responses have ended.</summary>
    public CancellationToken Begun => _begun.Token;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => _begun.CancelAsync();

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _begun.Dispose();
}
