namespace Sluice.Scheduler.Batches;

/// <summary>The validation and the shards of a batch, as far as its saga needs them.</summary>
internal interface IBatchWork
{
    /// <summary>
    /// Fences a validation that is still reading (its shards are removed: no line of that batch counts), and closes the
    /// open shards with a new epoch. Idempotent; part of the caller's transaction.
    /// </summary>
    Task StopAsync(Guid batchId, CancellationToken cancellationToken);

    /// <summary>
    /// Opens the dead letters that the batch replayed and whose lines have no result in it. Idempotent; part of the
    /// caller's transaction.
    /// </summary>
    Task ReopenLettersAsync(Guid batchId, CancellationToken cancellationToken);
}
