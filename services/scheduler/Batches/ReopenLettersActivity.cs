namespace Sluice.Scheduler.Batches;

/// <summary>
/// Opens the dead letters whose replay a batch was, and whose lines it did not run, in the transaction of its end.
/// </summary>
internal sealed class ReopenLettersActivity(IBatchWork work) : BatchActivity("reopen-letters")
{
    protected override Task RunAsync(BatchState batch, CancellationToken cancellationToken) => batch.ReplayOf is null
        ? Task.CompletedTask
        : work.ReopenLettersAsync(batch.CorrelationId, cancellationToken);
}
