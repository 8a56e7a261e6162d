using Dapper;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.Contracts.Batches;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Files;

using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.Batches.Finalization;

/// <summary>
/// Makes the files of a batch whose open shards are closed: error entries for lines that never ran, one transaction per
/// shard, then the two manifests and the event in one transaction. Idempotent at each step.
/// </summary>
internal sealed partial class BatchFinalization(
    SchedulerTransactions transactions,
    ResultPages pages,
    UnrunLines unrun,
    TimeProvider time,
    ILogger<BatchFinalization> logger)
{
    private static readonly (string Code, string Message) Cancelled =
        (UnrunLines.Cancelled, "The batch was cancelled before this line ran.");

    private static readonly (string Code, string Message) Expired =
        ("batch_expired", "The batch's completion window ended before this line ran.");

    public async Task RunAsync(Guid batchId, CancellationToken cancellationToken)
    {
        if (await FindAsync(batchId, cancellationToken) is not { } state)
        {
            return;
        }

        var (code, message) = state == nameof(BatchStateMachine.Expiring) ? Expired : Cancelled;
        await unrun.ReportAsync(batchId, code, message, cancellationToken);
        var output = await pages.SizeAsync(batchId, ResultKind.Output, cancellationToken);
        var error = await pages.SizeAsync(batchId, ResultKind.Error, cancellationToken);

        await using var transaction = await transactions.BeginAsync(cancellationToken);
        var batch = await transaction.Db.Batches.AsNoTracking()
            .SingleAsync(b => b.CorrelationId == batchId, cancellationToken);
        if (!IsToBeFinalized(batch.CurrentState))
        {
            Log.NothingToDo(logger, PublicId.Batch(batchId), batch.CurrentState);
            return;
        }

        var totals = await TotalsAsync(transaction.Connection, batchId, cancellationToken);
        await transaction.PublishAsync(
            new BatchFinalized
            {
                BatchId = batchId,
                Completed = output.Lines,
                Failed = error.Lines,
                PromptTokens = totals?.PromptTokens ?? 0,
                CompletionTokens = totals?.CompletionTokens ?? 0,
                OutputFileId = await AddFileAsync(transaction, batch, ResultKind.Output, output, cancellationToken),
                ErrorFileId = await AddFileAsync(transaction, batch, ResultKind.Error, error, cancellationToken),
            },
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Log.Finalized(logger, PublicId.Batch(batchId), output.Lines, error.Lines);
    }

    private static bool IsToBeFinalized(string state) => state
        is nameof(BatchStateMachine.Finalizing)
        or nameof(BatchStateMachine.Cancelling)
        or nameof(BatchStateMachine.Expiring);

    /// <summary>The state of the batch, which tells why lines never ran; null when there is nothing to do.</summary>
    private async Task<string?> FindAsync(Guid batchId, CancellationToken cancellationToken)
    {
        await using var transaction = await transactions.BeginAsync(cancellationToken);
        var state = await transaction.Db.Batches.AsNoTracking()
            .Where(b => b.CorrelationId == batchId)
            .Select(b => b.CurrentState)
            .SingleAsync(cancellationToken);
        if (IsToBeFinalized(state))
        {
            return state;
        }

        Log.NothingToDo(logger, PublicId.Batch(batchId), state);
        return null;
    }

    private static async Task<ShardTotals?> TotalsAsync(
        NpgsqlConnection connection, Guid batchId, CancellationToken cancellationToken) =>
        (await ShardTable.TotalsAsync(connection, [batchId], cancellationToken)).GetValueOrDefault(batchId);

    /// <summary>The file's id; null, and no row, when it would be empty.</summary>
    private async Task<Guid?> AddFileAsync(
        SchedulerTransaction transaction, BatchState batch, ResultKind kind, ResultSize size,
        CancellationToken cancellationToken)
    {
        if (size.Lines == 0)
        {
            return null;
        }

        var id = ManifestId.For(batch.CorrelationId, kind);
        var name = kind == ResultKind.Output ? "output" : "error";
        await transaction.Connection.ExecuteAsync(new(
            $"""
             INSERT INTO {SchedulerSchema.Name}.files
                 (id, tenant, purpose, filename, bytes, status, created_at, kind, batch_id, result_kind)
             VALUES (@id, @tenant, @purpose, @filename, @bytes, @status, @now, @kind, @batchId, @resultKind)
             ON CONFLICT DO NOTHING
             """,
            new
            {
                id,
                tenant = batch.Tenant,
                purpose = FilePurpose.BatchOutput,
                filename = $"{PublicId.Batch(batch.CorrelationId)}_{name}.jsonl",
                bytes = size.Bytes,
                status = FileStatus.Processed,
                now = time.GetUtcNow(),
                kind = StoredFile.Manifest,
                batchId = batch.CorrelationId,
                resultKind = (short)kind,
            },
            cancellationToken: cancellationToken));
        return id;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Finalized {Batch}: {Completed} lines completed, {Failed} failed")]
        public static partial void Finalized(ILogger logger, string batch, long completed, long failed);

        [LoggerMessage(2, LogLevel.Information, "{Batch} is {State} and is not to be finalized (any more)")]
        public static partial void NothingToDo(ILogger logger, string batch, string state);
    }
}
