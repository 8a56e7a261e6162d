using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Batches.Priorities;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Forecasts;

namespace Sluice.Scheduler.Batches;

/// <summary>
/// Makes the API's batch objects: live counts are the sums over the shards, as of the last committed page.
/// </summary>
internal sealed class BatchViews(SchedulerDbContext db, TimeProvider time)
{
    public async Task<BatchView> OfAsync(BatchState batch, CancellationToken cancellationToken) =>
        (await OfAsync([batch], cancellationToken))[0];

    public async Task<IReadOnlyList<BatchView>> OfAsync(
        IReadOnlyList<BatchState> batches, CancellationToken cancellationToken)
    {
        var running = batches.Where(IsLive).Select(b => b.CorrelationId).ToList();
        var ended = batches.Where(b => HasEndedWithShards(b)).Select(b => b.CorrelationId);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await db.Database.OpenConnectionAsync(cancellationToken);
        var totals = await ShardTable.TotalsAsync(connection, [.. running, .. ended], cancellationToken);
        var forecasts = await ForecastTable.ReadAsync(
            connection, [.. batches.Select(b => b.CorrelationId)], cancellationToken);
        await db.Database.CloseConnectionAsync();

        var failed = batches
            .Where(b => b.CurrentState == nameof(BatchStateMachine.Failed))
            .Select(b => b.CorrelationId)
            .ToList();
        var errors = failed.Count == 0
            ? []
            : await db.BatchErrors.AsNoTracking()
                .Where(e => failed.Contains(e.BatchId))
                .OrderBy(e => e.No)
                .ToListAsync(cancellationToken);
        var byBatch = errors.ToLookup(e => e.BatchId);
        return [.. batches.Select(
            b => Of(
                b, totals.GetValueOrDefault(b.CorrelationId), forecasts.GetValueOrDefault(b.CorrelationId),
                [.. byBatch[b.CorrelationId]]))];
    }

    private static bool IsLive(BatchState batch) => batch.CurrentState
        is nameof(BatchStateMachine.InProgress)
        or nameof(BatchStateMachine.Finalizing)
        or nameof(BatchStateMachine.Cancelling)
        or nameof(BatchStateMachine.Expiring);

    private static bool HasEndedWithShards(BatchState batch) => batch.CurrentState
        is nameof(BatchStateMachine.Completed)
        or nameof(BatchStateMachine.Cancelled)
        or nameof(BatchStateMachine.Expired);

    private BatchView Of(
        BatchState batch, ShardTotals? totals, StoredForecast? forecast, IReadOnlyList<BatchError> errors)
    {
        var counts = Counts(batch, totals);
        return new()
        {
            Id = PublicId.Batch(batch.CorrelationId),
            Endpoint = batch.Endpoint,
            Errors = errors.Count == 0
                ? null
                : new([.. errors.Select(e => new BatchErrorView(e.Code, e.Message, e.Param, e.Line))]),
            InputFileId = PublicId.File(batch.InputFileId),
            CompletionWindow = batch.CompletionWindow,
            Status = BatchStatus.Of(batch),
            OutputFileId = batch.OutputFileId is { } output ? PublicId.File(output) : null,
            ErrorFileId = batch.ErrorFileId is { } error ? PublicId.File(error) : null,
            CreatedAt = batch.CreatedAt.ToUnixTimeSeconds(),
            InProgressAt = batch.InProgressAt?.ToUnixTimeSeconds(),
            ExpiresAt = batch.ExpiresAt?.ToUnixTimeSeconds(),
            FinalizingAt = batch.FinalizingAt?.ToUnixTimeSeconds(),
            CompletedAt = batch.CompletedAt?.ToUnixTimeSeconds(),
            FailedAt = batch.FailedAt?.ToUnixTimeSeconds(),
            ExpiredAt = batch.ExpiredAt?.ToUnixTimeSeconds(),
            CancellingAt = batch.CancelRequestedAt?.ToUnixTimeSeconds(),
            CancelledAt = batch.CancelledAt?.ToUnixTimeSeconds(),
            RequestCounts = counts,
            Usage = Usage(batch, totals),
            Metadata = batch.Metadata is null
                ? null
                : JsonSerializer.Deserialize(batch.Metadata, SchedulerJsonContext.Default.DictionaryStringString),
            XSluice = Extras(batch, counts, totals, forecast),
        };
    }

    private static RequestCountsView Counts(BatchState batch, ShardTotals? totals) =>
        IsLive(batch)
            ? new(totals?.Lines ?? 0, totals?.Completed ?? 0, totals?.Failed ?? 0)
            : new(batch.TotalLines, batch.CompletedLines, batch.FailedLines);

    private static UsageView? Usage(BatchState batch, ShardTotals? totals)
    {
        var usage = IsLive(batch)
            ? new UsageView(totals?.PromptTokens ?? 0, totals?.CompletionTokens ?? 0)
            : new UsageView(batch.PromptTokens, batch.CompletionTokens);
        return usage.TotalTokens > 0 ? usage : null;
    }

    private BatchExtrasView Extras(
        BatchState batch, RequestCountsView counts, ShardTotals? totals, StoredForecast? forecast)
    {
        var done = counts.Completed + counts.Failed;
        var pace = BatchPace.Of(batch, counts.Total, done, forecast, time.GetUtcNow());
        var priority = new BatchPriority(batch.Priority);
        return new()
        {
            Priority = priority.Class.Name(),
            PriorityNumber = priority.Number,
            Progress = counts.Total == 0 ? 0 : Math.Round((double)done / counts.Total, 4),
            Rate = pace.Rate,
            Eta = pace.Eta,
            PausedAt = batch.PausedAt?.ToUnixTimeSeconds(),
            Estimate = forecast is null ? null : EstimateView.Of(forecast),
            AtRiskSince = IsLive(batch) && forecast?.AtRiskSince is { } since
                ? new DateTimeOffset(since).ToUnixTimeSeconds()
                : null,
            Shards = new(totals?.Shards ?? 0, totals?.Open ?? 0),
            InputErrors = batch.InputErrors,
            ReplayOf = batch.ReplayOf is { } original ? PublicId.Batch(original) : null,
        };
    }
}
