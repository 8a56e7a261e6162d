using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.BatchStore.Measures;
using Sluice.Durability.Instances;
using Sluice.Scheduler.Dispatch;
using Sluice.Scheduler.Tenants;

namespace Sluice.Scheduler.Forecasts;

/// <summary>Reads what a forecast is made from. Safe for concurrent use.</summary>
internal sealed class ForecastInputs(
    SampledModels models, IInstanceWatch watch, IOptions<ForecastOptions> options, IOptions<DispatchOptions> dispatch,
    IOptions<TenantsOptions> tenants)
{
    public async Task<ForecastInput> ReadAsync(
        NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var load = await DispatchTable.LoadAsync(connection, watch.Alive, cancellationToken);
        var candidates = await DispatchTable.ActiveAsync(
            connection, options.Value.MaxBatches, now, dispatch.Value.AgeingStep, cancellationToken);
        var ids = candidates.Select(c => c.BatchId).ToList();
        var left = await ForecastTable.LinesLeftAsync(connection, ids, cancellationToken);
        var lines = new LineEstimates(await MeasureTable.ReadAsync(connection, cancellationToken), options.Value);
        return new(
            [.. candidates.Where(c => left.ContainsKey(c.BatchId)).Select(c => Batch(c, left[c.BatchId], lines, now))],
            lines.LinesPerWorker,
            load.Workers,
            tenant => tenants.Value.Of(tenant).Weight);
    }

    private ForecastBatch Batch(DispatchCandidate candidate, long left, LineEstimates lines, DateTimeOffset now)
    {
        var (seconds, spread) = lines.Of(models.Of(candidate.BatchId), left);
        return new()
        {
            BatchId = candidate.BatchId,
            Tenant = candidate.Tenant,
            Priority = candidate.PriorityAt(now, dispatch.Value.AgeingStep),
            CreatedAt = candidate.CreatedAt,
            Deadline = candidate.Deadline,
            IsPaused = candidate.IsPaused,
            Lines = left,
            SecondsPerLine = seconds,
            Spread = spread,
        };
    }
}
