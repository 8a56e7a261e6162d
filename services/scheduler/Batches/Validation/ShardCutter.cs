using Sluice.BatchStore.Shards;

namespace Sluice.Scheduler.Batches.Validation;

/// <summary>Groups consecutive good lines into shards of bounded lines and bytes. Not thread-safe.</summary>
internal sealed class ShardCutter(int maxLines, int maxBytes)
{
    private readonly List<ShardCut> _ready = [];
    private ShardCut _open;

    /// <summary>Shards cut so far, including those taken.</summary>
    public int Count { get; private set; }

    /// <summary>Finished shards that were not taken yet.</summary>
    public int Ready => _ready.Count;

    public void Add(long line, long offset, long length)
    {
        if (_open.Lines > 0 && (_open.Lines == maxLines || _open.ByteLength + length > maxBytes))
        {
            Close();
        }

        _open = _open.Lines == 0
            ? new(Count, line, 1, offset, length)
            : _open with { Lines = _open.Lines + 1, ByteLength = _open.ByteLength + length };
    }

    /// <summary>Ends the last shard.</summary>
    public void Close()
    {
        if (_open.Lines > 0)
        {
            _ready.Add(_open);
            _open = default;
            Count++;
        }
    }

    public IReadOnlyList<ShardCut> Take()
    {
        ShardCut[] taken = [.. _ready];
        _ready.Clear();
        return taken;
    }
}
