using Microsoft.Extensions.Options;
using Sluice.BatchWorker.Shards;

namespace Sluice.BatchWorker.Results;

internal sealed class PageWriterFactory(PageCommitter committer, IOptions<WorkerOptions> options, TimeProvider time)
{
    /// <param name="run">The shard.</param>
    /// <param name="firstPage">First page number that is not used.</param>
    public PageWriter Create(ShardRun run, int firstPage) => new(run, firstPage, options.Value, committer, time);
}
