using Microsoft.Extensions.Options;
using Sluice.Scheduler.Batches;

namespace Sluice.Scheduler.Jobs;

/// <summary>Makes the objects of <c>/api/jobs</c> from those of their batches.</summary>
internal sealed class JobViews(BatchViews views, JobResults results, IOptions<JobOptions> options)
{
    /// <summary>With the first results.</summary>
    public async Task<JobView> OfAsync(BatchState job, CancellationToken cancellationToken)
    {
        var batch = await views.OfAsync(job, cancellationToken);
        var first = batch.RequestCounts.Completed + batch.RequestCounts.Failed == 0
            ? []
            : await results.FirstAsync(job.CorrelationId, options.Value.ShownResults, cancellationToken);
        return JobView.Of(job.CorrelationId, batch, first);
    }

    /// <summary>Without results.</summary>
    public async Task<IReadOnlyList<JobView>> ListAsync(
        IReadOnlyList<BatchState> jobs, CancellationToken cancellationToken) =>
        [.. jobs.Zip(
            await views.OfAsync(jobs, cancellationToken),
            (job, batch) => JobView.Of(job.CorrelationId, batch, null))];
}
