using Npgsql;
using Microsoft.Extensions.Options;
using Sluice.BatchStore.Measures;
using Sluice.BatchStore.Shards;
using Sluice.BatchWorker.Shards;

namespace Sluice.BatchWorker.Telemetry;

/// <summary>
/// Adds what was measured to the table, about once a second while there is something. What a worker that dies has not
/// reported is missing from an average.
/// </summary>
internal sealed partial class LineTimesReport(
    LineTimes times,
    RunningShards shards,
    NpgsqlDataSource dataSource,
    IOptions<WorkerOptions> options,
    ILogger<LineTimesReport> logger) : BackgroundService
{
    private const int SamplesPerReport = 10;

    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(SampleEvery);
        try
        {
            for (var tick = 1; await timer.WaitForNextTickAsync(stoppingToken); tick++)
            {
                // With a slot free the worker could do more: its lines in hand are what there is to do.
                if (shards.All.Count >= options.Value.ConcurrentShards)
                {
                    times.SampleInHand();
                }

                if (tick % SamplesPerReport == 0)
                {
                    await ReportAsync(stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        var (samples, limited) = (times.Take(), times.TakeLimited());
        if (samples.Count + limited.Count == 0)
        {
            return;
        }

        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            if (samples.Count > 0)
            {
                await MeasureTable.AddAsync(connection, samples, cancellationToken);
            }

            if (limited.Count > 0)
            {
                await LimitedCalls.AddAsync(connection, limited, cancellationToken);
            }
        }
        catch (NpgsqlException exception)
        {
            // Averages do without the samples of a second.
            Log.NotReported(logger, exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "The times of lines could not be reported: {Reason}")]
        public static partial void NotReported(ILogger logger, string reason);
    }
}
