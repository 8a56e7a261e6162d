using System.Runtime.CompilerServices;
using Sluice.BatchStore.Blobs;
using Sluice.BatchStore.Lines;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;

namespace Sluice.BatchWorker.Shards;

/// <summary>What there is left to run of a shard.</summary>
internal sealed class ShardInput(IBlobStore blobs, ResultPages pages)
{
    private static readonly CommittedLines Nothing = new(new HashSet<int>(), 0);

    /// <summary>
    /// What earlier owners committed. Read after the shard was taken, in a transaction of its own: from then on nobody
    /// else adds to it.
    /// </summary>
    public Task<CommittedLines> CommittedAsync(ShardRange range, CancellationToken cancellationToken) =>
        range.Attempt > 1 ? pages.CommittedAsync(range.Key, cancellationToken) : Task.FromResult(Nothing);

    /// <summary>The lines without a result, in order.</summary>
    public async IAsyncEnumerable<InputLine> LinesAsync(
        ShardRange range, CommittedLines committed, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lines = InputLines.ReadAsync(
            blobs, range.BlobId, range.ByteOffset, range.ByteLength, range.FirstLine, cancellationToken);
        await foreach (var line in lines)
        {
            if (!committed.Lines.Contains((int)line.Number))
            {
                yield return line;
            }
        }
    }
}
