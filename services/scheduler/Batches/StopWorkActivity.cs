namespace Sluice.Scheduler.Batches;

/// <summary>Stops the work of a batch in the transaction of the saga's transition.</summary>
internal sealed class StopWorkActivity(IBatchWork work) : BatchActivity("stop-work")
{
    protected override Task RunAsync(BatchState batch, CancellationToken cancellationToken) =>
        work.StopAsync(batch.CorrelationId, cancellationToken);
}
