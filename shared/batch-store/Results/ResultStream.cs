using Sluice.ServiceDefaults.IO;

namespace Sluice.BatchStore.Results;

/// <summary>
/// One of a batch's files as a stream over its pages. Not thread-safe, asynchronous reads only.
/// </summary>
internal sealed class ResultStream(ResultPages pages, Guid batchId, ResultKind kind) : ForwardStream
{
    private const long BytesAhead = 1024 * 1024;

    private readonly Queue<StoredPage> _ahead = new();
    private StoredPage _current = new(-1, -1, -1, []);
    private int _position;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position == _current.Body.Length && !await NextAsync(cancellationToken))
        {
            return 0;
        }

        var count = Math.Min(buffer.Length, _current.Body.Length - _position);
        _current.Body.AsMemory(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    private async Task<bool> NextAsync(CancellationToken cancellationToken)
    {
        if (_ahead.Count == 0)
        {
            var position = (_current.FirstLine, _current.ShardNo, _current.PageNo);
            foreach (var page in await pages.ReadAsync(batchId, kind, position, BytesAhead, cancellationToken))
            {
                _ahead.Enqueue(page);
            }
        }

        if (!_ahead.TryDequeue(out var next))
        {
            return false;
        }

        _current = next;
        _position = 0;
        return true;
    }
}
