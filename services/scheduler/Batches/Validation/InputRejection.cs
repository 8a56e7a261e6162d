using Sluice.BatchStore.Shards;
using Sluice.Contracts.Batches;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Batches.Validation;

/// <summary>The bad outcome of a validation, in the transaction that finishes it.</summary>
internal static class InputRejection
{
    /// <summary>Message of <see cref="LineErrorCode.ValidationFailed"/>.</summary>
    public const string NotChecked = "The input could not be checked; the operator's log says why.";

    /// <param name="transaction">Holds the validation.</param>
    /// <param name="batchId">The batch.</param>
    /// <param name="errors">Those that are kept.</param>
    /// <param name="count">All of them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task WriteAsync(
        SchedulerTransaction transaction, Guid batchId, IReadOnlyList<LineError> errors, long count,
        CancellationToken cancellationToken)
    {
        await ShardTable.DeleteAsync(transaction.Connection, batchId, cancellationToken);
        transaction.Db.BatchErrors.AddRange(errors.Select((error, no) => new BatchError
        {
            BatchId = batchId,
            No = no,
            Line = error.Line,
            Code = error.Code,
            Message = StoredText.Of(error.Message),
            Param = error.Param is null ? null : StoredText.Of(error.Param),
        }));
        await transaction.PublishAsync(new BatchRejected { BatchId = batchId, Errors = count }, cancellationToken);
    }
}
