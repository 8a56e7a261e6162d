using System.Buffers;
using System.Diagnostics;
using Dapper;
using Npgsql;
using Sluice.BatchStore.Blobs;
using Sluice.BatchStore.Shards;
using Sluice.Contracts.Batches;
using Sluice.Durability.Postgres;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Telemetry;

using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.Batches.Validation;

/// <summary>
/// Reads the input file of a batch, in constant memory, and either cuts it into shards or reports its bad lines. Leased
/// work: many short transactions, each guarded by the validation's epoch; running twice has the effect of running once.
/// </summary>
internal sealed partial class BatchValidation(
    NpgsqlDataSource dataSource,
    IBlobStore blobs,
    SchedulerTransactions transactions,
    InputValidators validators,
    ILogger<BatchValidation> logger)
{
    private const int ReadBytes = 256 * 1024;

    /// <summary>Returns when the outcome is committed, or when there is nothing (more) to do.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="isLastTry">
    /// The message comes no more: a failure that is not the database's fails the batch. After one that is, <see
    /// cref="ValidationRetries"/> sends another message.
    /// </param>
    /// <param name="cancellationToken">Leaves the batch to another validation.</param>
    public async Task RunAsync(Guid batchId, bool isLastTry, CancellationToken cancellationToken)
    {
        if (await TakeAsync(batchId, cancellationToken) is not { } input)
        {
            Log.NothingToDo(logger, PublicId.Batch(batchId));
            return;
        }

        try
        {
            await ValidateAsync(input, cancellationToken);
        }
        catch (Exception exception) when (isLastTry && IsForGood(exception, cancellationToken))
        {
            Log.GaveUp(logger, exception, PublicId.Batch(batchId));
            await GiveUpAsync(input, cancellationToken);
        }
    }

    private static bool IsForGood(Exception exception, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested && !DatabaseErrors.IsTransient(exception);

    private async Task GiveUpAsync(ValidationInput input, CancellationToken cancellationToken)
    {
        var outcome = new InputValidator(validators.RuleOf(input.Endpoint), shardLines: 1, validators.Options);
        outcome.Fail(LineErrorCode.ValidationFailed, InputRejection.NotChecked);
        await FinishAsync(input.Lease, outcome, cancellationToken);
    }

    private async Task ValidateAsync(ValidationInput input, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var batchId = input.Lease.BatchId;
        var validator = await validators.ForAsync(input, cancellationToken);
        if (!await ReadAsync(input, validator, cancellationToken)
            || !await FinishAsync(input.Lease, validator, cancellationToken))
        {
            Log.Overtaken(logger, PublicId.Batch(batchId), input.Lease.Epoch);
            return;
        }

        var elapsed = Stopwatch.GetElapsedTime(started);
        SchedulerMetrics.ValidationEnded(validator.ErrorCount == 0, validator.Lines, elapsed);
        Log.Ended(
            logger, PublicId.Batch(batchId), validator.Lines, validator.Shards.Count, validator.ErrorCount, elapsed);
    }

    /// <summary>
    /// Fences an earlier validation and removes what it cut; null when the batch is not to be validated.
    /// </summary>
    private async Task<ValidationInput?> TakeAsync(Guid batchId, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var batch = await connection.QuerySingleOrDefaultAsync<InputRow>(new(
            $"""
             SELECT b.endpoint AS Endpoint, b.tenant AS Tenant, b.trace_parent AS TraceParent, f.blob_id AS BlobId,
                    f.bytes AS Bytes, f.lines AS Lines
             FROM {SchedulerSchema.Name}.batches b
             LEFT JOIN {SchedulerSchema.Name}.files f ON f.id = b.input_file_id AND f.purged_at IS NULL
             WHERE b.id = @batchId AND b.current_state = '{nameof(BatchStateMachine.Validating)}' FOR SHARE OF b
             """,
            new { batchId },
            cancellationToken: cancellationToken));
        if (batch is null
            || await ValidationTable.TakeAsync(
                connection, batchId, batch.Tenant, TraceIds.OfParent(batch.TraceParent), cancellationToken)
                is not { } epoch)
        {
            return null;
        }

        await ShardTable.DeleteAsync(connection, batchId, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new(new(batchId, batch.BlobId ?? Guid.Empty, epoch), batch.Endpoint, batch.Bytes ?? 0, batch.Lines);
    }

    /// <summary>False when a newer validation, or a cancel, has overtaken this one.</summary>
    private async Task<bool> ReadAsync(
        ValidationInput input, InputValidator validator, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            await using var file = blobs.OpenRead(input.Lease.BlobId);
            var total = 0L;
            while (!validator.Stopped && await file.ReadAsync(buffer, cancellationToken) is var read and > 0)
            {
                total += read;
                validator.Feed(buffer.AsSpan(0, read));
                if (validator.Shards.Ready >= validators.Options.InsertChunk
                    && !await InsertAsync(input.Lease, validator, cancellationToken))
                {
                    return false;
                }
            }

            if (!validator.Stopped && total != input.Bytes)
            {
                validator.Fail(LineErrorCode.InputFileLost, "The input file is not there any more, or not all of it.");
            }

            validator.Complete();
            return await InsertAsync(input.Lease, validator, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<bool> InsertAsync(
        ValidationLease lease, InputValidator validator, CancellationToken cancellationToken)
    {
        var shards = validator.Shards.Take();
        if (validator.ErrorCount > 0 || shards.Count == 0)
        {
            return true;
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        foreach (var chunk in shards.Chunk(validators.Options.InsertChunk))
        {
            if (!await ShardTable.InsertAsync(connection, lease, chunk, cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Commits the outcome together with the event that reports it.</summary>
    private async Task<bool> FinishAsync(
        ValidationLease lease, InputValidator validator, CancellationToken cancellationToken)
    {
        var batchId = lease.BatchId;
        await using var transaction = await transactions.BeginAsync(cancellationToken);
        if (!await ValidationTable.HoldAsync(transaction.Connection, batchId, lease.Epoch, cancellationToken))
        {
            return false;
        }

        await ValidationTable.FinishAsync(transaction.Connection, batchId, cancellationToken);
        if (validator.ErrorCount == 0)
        {
            await transaction.PublishAsync(
                new BatchValidated { BatchId = batchId, Lines = validator.Lines, Shards = validator.Shards.Count },
                cancellationToken);
        }
        else
        {
            await InputRejection.WriteAsync(
                transaction, batchId, validator.Errors, validator.ErrorCount, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private sealed record InputRow(
        string Endpoint, string Tenant, string? TraceParent, Guid? BlobId, long? Bytes, long? Lines);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information,
            "Validated {Batch}: {Lines} lines, {Shards} shards, {Errors} errors in {Elapsed}")]
        public static partial void Ended(
            ILogger logger, string batch, int lines, int shards, long errors, TimeSpan elapsed);

        [LoggerMessage(2, LogLevel.Information, "{Batch} is not to be validated (any more)")]
        public static partial void NothingToDo(ILogger logger, string batch);

        [LoggerMessage(3, LogLevel.Information, "The validation of {Batch} with epoch {Epoch} was overtaken")]
        public static partial void Overtaken(ILogger logger, string batch, int epoch);

        [LoggerMessage(4, LogLevel.Error, "The validation of {Batch} failed every time; the batch fails")]
        public static partial void GaveUp(ILogger logger, Exception exception, string batch);
    }
}
