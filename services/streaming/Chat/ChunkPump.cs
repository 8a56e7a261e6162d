using Sluice.Inference.Chat;

namespace Sluice.Streaming.Chat;

/// <summary>
/// Asks for the next chunk without waiting for it, so that the wait and a flush overlap. For one loop. Disposing closes
/// the call upstream also while a chunk is awaited: an enumerator must not be disposed while it moves.
/// </summary>
internal sealed class ChunkPump(IAsyncEnumerable<ChatChunk> source, CancellationTokenSource cancel) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<ChatChunk> _chunks = source.GetAsyncEnumerator(cancel.Token);
    private ValueTask<bool> _next;
    private bool _isAsked;

    public ChatChunk Current => _chunks.Current;

    /// <summary>The chunk asked for is there: taking it will not wait.</summary>
    public bool IsReady => _next.IsCompleted;

    /// <summary>Asks for the next chunk; the current one's memory is used again from now on.</summary>
    public void Ask() => Hold(_chunks.MoveNextAsync());

    /// <summary>Waits for the chunk asked for; false at the end.</summary>
    public ValueTask<bool> TakeAsync()
    {
        _isAsked = false;
        return _next;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isAsked)
        {
            await cancel.CancelAsync();
            Task last = TakeAsync().AsTask();
            await last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await _chunks.DisposeAsync();
    }

    private void Hold(ValueTask<bool> next)
    {
        _next = next;
        _isAsked = true;
    }
}
