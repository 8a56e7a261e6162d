using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Scheduler.Telemetry;
using Sluice.Scheduler.Tenants;

namespace Sluice.Scheduler.Forecasts;

/// <summary>
/// Makes and stores the forecasts of all batches in progress, one scheduler at a time. Not thread-safe.
/// </summary>
internal sealed class ForecastRound(
    NpgsqlDataSource dataSource,
    ForecastInputs inputs,
    IOptions<ForecastOptions> options,
    IOptions<TenantsOptions> tenants,
    TimeProvider time)
{
    /// <summary>Returns how many forecasts were stored; 0 also while another scheduler is at it.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await ForecastTable.TryLockAsync(connection, cancellationToken))
        {
            return 0;
        }

        var now = time.GetUtcNow();
        var input = await inputs.ReadAsync(connection, now, cancellationToken);

        // Without a worker nothing ends; a forecast of "never" would only hide the one before.
        var forecaster = new Forecaster(
            input.LinesPerWorker * Math.Max(input.Workers, 1), tenant => tenants.Value.Of(tenant).Weight);
        var forecasts = input.Workers == 0 ? [] : forecaster.Of(input.Batches, now);
        if (forecasts.Count > 0)
        {
            await ForecastTable.SaveAsync(connection, forecasts, now, cancellationToken);
        }

        var ended = await ForecastTable.CloseEndedAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        foreach (var (error, ahead) in ended)
        {
            SchedulerMetrics.ForecastProved(error, ahead);
        }

        SchedulerMetrics.Forecasted(
            forecasts.Count(f => f.IsAtRisk),
            WorkerSuggestion.Of(input.Batches, input.LinesPerWorker, now, options.Value).Workers);
        return forecasts.Count;
    }
}
