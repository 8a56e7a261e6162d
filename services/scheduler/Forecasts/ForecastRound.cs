using Microsoft.Extensions.Options;
using Npgsql;

namespace Sluice.Scheduler.Forecasts;

/// <summary>
/// Makes and stores the forecasts of all batches in progress, one scheduler at a time. Not thread-safe.
/// </summary>
internal sealed class ForecastRound(
    NpgsqlDataSource dataSource,
    ForecastInputs inputs,
    IOptions<ForecastOptions> options,
    ForecastMetrics metrics,
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

        // Without a worker as if one began now: what would be late even so is to be flagged before it is.
        var forecaster = new Forecaster(
            input.LinesPerWorker * Math.Max(input.Workers, 1),
            input.Weight,
            new(await ForecastErrorTable.ReadAsync(connection, cancellationToken)));
        var forecasts = forecaster.Of(input.Batches, now);
        if (forecasts.Count > 0)
        {
            await ForecastTable.SaveAsync(connection, forecasts, now, cancellationToken);
            await ForecastErrorTable.MarkAsync(connection, forecasts, now, cancellationToken);
        }

        var ended = await ForecastTable.CloseEndedAsync(connection, cancellationToken);
        if (ended.Count > 0)
        {
            await ForecastErrorTable.LearnAsync(connection, ended, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        foreach (var batch in ended)
        {
            metrics.Proved(batch);
        }

        metrics.Forecasted(
            forecasts, WorkerSuggestion.Of(input.Batches, input.LinesPerWorker, now, options.Value).Workers, now);
        return forecasts.Count;
    }
}
