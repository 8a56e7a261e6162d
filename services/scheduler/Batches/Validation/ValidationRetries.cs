using Dapper;
using Microsoft.Extensions.Options;
using Sluice.BatchStore.DeadLetters;
using Sluice.BatchStore.Shards;
using Sluice.Contracts.Batches;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Hosting;
using Sluice.Scheduler.Telemetry;

namespace Sluice.Scheduler.Batches.Validation;

/// <summary>
/// Goes on with a batch whose <see cref="ValidateBatch"/> became a dead letter: nobody else knows that it comes no
/// more. Safe for concurrent use.
/// </summary>
internal sealed partial class ValidationRetries(
    IOptions<ValidationOptions> options, ILogger<ValidationRetries> logger)
{
    // 64 times the first pause.
    private const int MaxDoublings = 6;

    /// <summary>
    /// Sends it again after a pause; when that was done often enough, the batch fails. Does nothing for a batch that is
    /// past its validation. In the transaction that stores the letter, so that each counts once.
    /// </summary>
    /// <param name="transaction">The caller's.</param>
    /// <param name="batchId">The batch.</param>
    /// <param name="source">
    /// How the message failed. With one that was not answered processes ended, which is to be bounded even before a
    /// deadline that is far away.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task AfterLetterAsync(
        SchedulerTransaction transaction, Guid batchId, LetterSource source, CancellationToken cancellationToken)
    {
        var batch = await transaction.Connection.QuerySingleOrDefaultAsync<Row>(new(
            $"""
             SELECT tenant AS Tenant, trace_parent AS TraceParent, expires_at IS NOT NULL AS HasDeadline
             FROM {SchedulerSchema.Name}.batches
             WHERE id = @batchId AND current_state = '{nameof(BatchStateMachine.Validating)}' FOR SHARE
             """,
            new { batchId },
            cancellationToken: cancellationToken));
        if (batch is null
            || await ValidationTable.FailAsync(
                transaction.Connection, batchId, batch.Tenant, TraceIds.OfParent(batch.TraceParent), cancellationToken)
                is not { } failures)
        {
            return;
        }

        if (failures <= options.Value.MaxRetries || (batch.HasDeadline && source != LetterSource.Undelivered))
        {
            var pause = options.Value.RetryAfter * Math.Pow(2, Math.Min(failures - 1, MaxDoublings));
            await transaction.ScheduleAsync(
                Queues.Validation, new ValidateBatch { BatchId = batchId }, pause, cancellationToken);
            Log.Again(logger, PublicId.Batch(batchId), failures, pause);
            return;
        }

        // A delivery that is still at work somewhere finds itself overtaken.
        await ValidationTable.FenceAsync(transaction.Connection, batchId, cancellationToken);
        await ValidationTable.FinishAsync(transaction.Connection, batchId, cancellationToken);
        await InputRejection.WriteAsync(
            transaction, batchId, [new(null, LineErrorCode.ValidationFailed, InputRejection.NotChecked)], 1,
            cancellationToken);
        Log.GaveUp(logger, PublicId.Batch(batchId), failures);
    }

    private sealed record Row(string Tenant, string? TraceParent, bool HasDeadline);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning,
            "The validation of {Batch} became a dead letter for the {Failures}. time; it is tried again in {Pause}")]
        public static partial void Again(ILogger logger, string batch, int failures, TimeSpan pause);

        [LoggerMessage(2, LogLevel.Error,
            "The validation of {Batch} became a dead letter for the {Failures}. time; the batch fails")]
        public static partial void GaveUp(ILogger logger, string batch, int failures);
    }
}
