using Sluice.BatchStore.Blobs;
using Sluice.BatchStore.Lines;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.BatchWorker.Lines;

namespace Sluice.BatchWorker.Shards;

/// <summary>What there is to run of a shard, and what is done of it.</summary>
internal sealed class ShardInput(IBlobStore blobs, ResultPages pages)
{
    /// <summary>
    /// The result of a line whose input is not there: without it a shard would be dispatched for ever.
    /// </summary>
    public static readonly LineResult Gone = LineResult.Error(
        "input_unavailable", "The line could not be read: the input file is not there any more.");

    private static readonly CommittedLines Nothing = new(new HashSet<int>(), 0);

    /// <summary>
    /// What earlier owners committed. Read after the shard was taken, in a transaction of its own: from then on nobody
    /// else adds to it.
    /// </summary>
    public Task<CommittedLines> CommittedAsync(ShardRange range, CancellationToken cancellationToken) =>
        range.Attempt > 1 ? pages.CommittedAsync(range.Key, cancellationToken) : Task.FromResult(Nothing);

    /// <summary>The lines in order.</summary>
    /// <exception cref="EndOfStreamException">The input ends before the shard does.</exception>
    public IAsyncEnumerable<InputLine> LinesAsync(ShardRange range, CancellationToken cancellationToken) =>
        InputLines.ReadAsync(
            blobs, range.BlobId, range.ByteOffset, range.ByteLength, range.FirstLine, cancellationToken);

    /// <summary>Numbers of the lines after <paramref name="last"/> that have no result, without reading them.</summary>
    public static IEnumerable<int> Unread(ShardRange range, long last, CommittedLines committed)
    {
        for (var number = (int)last + 1; number < range.FirstLine + range.Lines; number++)
        {
            if (!committed.Lines.Contains(number))
            {
                yield return number;
            }
        }
    }
}
