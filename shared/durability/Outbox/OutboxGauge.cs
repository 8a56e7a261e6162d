using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Sluice.Durability.Outbox;

/// <summary>Measures depth and lag of the outbox every <see cref="OutboxOptions.MeasureEvery"/>.</summary>
internal sealed partial class OutboxGauge(
    OutboxTable table, OutboxMetrics metrics, IOptions<OutboxOptions> options, ILogger<OutboxGauge> logger)
    : BackgroundService
{
    private const int Bound = 100_000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.MeasureEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await MeasureAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task MeasureAsync(CancellationToken cancellationToken)
    {
        try
        {
            var (depth, lag, dead) = await table.MeasureAsync(Bound, cancellationToken);
            metrics.Measured(depth, lag, dead);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // A gauge that stands still says enough while the database is away.
            Log.NotMeasured(logger, exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "The outbox could not be measured: {Reason}")]
        public static partial void NotMeasured(ILogger logger, string reason);
    }
}
