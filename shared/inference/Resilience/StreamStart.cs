using Sluice.Inference.Chat;
using Sluice.Inference.Providers;

namespace Sluice.Inference.Resilience;

/// <summary>
/// A stream whose start is read before any of it is given on: until its first content, finish or end, a failure leaves
/// no trace at the reader. For one call, one thread at a time. Holds at most 16 KiB and one chunk; a stream that sends
/// more without any content counts as begun.
/// </summary>
internal sealed class StreamStart(IAsyncEnumerable<ChatChunk> chunks, CancellationToken cancellation)
    : IAsyncDisposable
{
    private const int MaxHeldBytes = 16 << 10;

    private const ChatChunkParts Begun = ChatChunkParts.Content | ChatChunkParts.Finish;

    private readonly IAsyncEnumerator<ChatChunk> _chunks = chunks.GetAsyncEnumerator(cancellation);
    private readonly Queue<ChatChunk> _held = new();
    private ChatChunk? _fromHeld;
    private bool _hasFirst;

    /// <summary>Valid until the next <see cref="NextAsync"/>.</summary>
    public ChatChunk Current => _fromHeld ?? _chunks.Current;

    /// <summary>Reads the start; to be called once, first.</summary>
    /// <returns>Why the stream has not begun; null when it has.</returns>
    /// <exception cref="OperationCanceledException">The caller has cancelled.</exception>
    public async ValueTask<ModelFailure?> ReadAsync()
    {
        var heldBytes = 0;
        try
        {
            while (await _chunks.MoveNextAsync().ConfigureAwait(false))
            {
                var chunk = _chunks.Current;
                if ((chunk.Parts & Begun) != ChatChunkParts.None || heldBytes + chunk.Json.Length > MaxHeldBytes)
                {
                    _hasFirst = true;
                    break;
                }

                // Its memory is the stream's, for the next chunk.
                heldBytes += chunk.Json.Length;
                _held.Enqueue(chunk with { Json = chunk.Json.ToArray() });
            }

            return null;
        }
        catch (ModelFailureException exception)
        {
            return exception.Failure;
        }
    }

    /// <summary>Moves to the next chunk, from the first one on; false at the stream's end.</summary>
    /// <exception cref="ModelFailureException">The stream broke after its start.</exception>
    public ValueTask<bool> NextAsync()
    {
        if (_held.TryDequeue(out var held))
        {
            _fromHeld = held;
            return new(true);
        }

        _fromHeld = null;
        if (_hasFirst)
        {
            _hasFirst = false;
            return new(true);
        }

        // As it is, without a step of its own: this runs for every token.
        return _chunks.MoveNextAsync();
    }

    public ValueTask DisposeAsync() => _chunks.DisposeAsync();
}
