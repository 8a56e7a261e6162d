using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Forecasts;

/// <summary>Runs forecasts at intervals; never more than a twentieth of the time.</summary>
internal sealed partial class ForecastLoop(
    ForecastRound round,
    SampledModels models,
    NpgsqlDataSource dataSource,
    IOptions<ForecastOptions> options,
    ILogger<ForecastLoop> logger) : BackgroundService
{
    private const int BreakFactor = 20;

    private static readonly TimeProvider Clock = TimeProvider.System;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var begun = Clock.GetTimestamp();
            try
            {
                // Before the transaction of the round, which is to be short.
                await models.RefreshAsync(await InProgressAsync(stoppingToken), stoppingToken);
                await round.RunAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database; the next round tries again.
                Log.Failed(logger, e);
            }

            var pause = Clock.GetElapsedTime(begun) * BreakFactor;
            await Task.Delay(pause > options.Value.Interval ? pause : options.Value.Interval, Clock, stoppingToken);
        }
    }

    private async Task<IReadOnlyList<Guid>> InProgressAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<Guid>(new(
            $"""
             SELECT id FROM {SchedulerSchema.Name}.batches
             WHERE current_state = '{nameof(BatchStateMachine.InProgress)}'
             """,
            cancellationToken: cancellationToken))).AsList();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A forecast failed; the next one tries again")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
