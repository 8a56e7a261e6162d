using Microsoft.Extensions.Options;
using Sluice.BatchWorker.Lines;
using Sluice.BatchWorker.Results;

namespace Sluice.BatchWorker.Shards;

internal sealed class ShardLinesFactory(LineRunner runner, ByteBudget budget, IOptions<WorkerOptions> options)
{
    public ShardLines Create(ShardRun run, PageWriter writer) =>
        new(run, writer, runner, budget, options.Value.MaxConcurrentLines);
}
