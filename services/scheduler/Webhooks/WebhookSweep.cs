using Microsoft.Extensions.Options;
using Npgsql;

namespace Sluice.Scheduler.Webhooks;

/// <summary>Forgets deliveries that are over, and encrypts secrets that are not yet.</summary>
internal sealed partial class WebhookSweep(
    NpgsqlDataSource dataSource,
    WebhookSecrets secrets,
    IOptions<WebhookOptions> options,
    TimeProvider time,
    ILogger<WebhookSweep> logger) : BackgroundService
{
    private const int Chunk = 1000;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await using var connection = await dataSource.OpenConnectionAsync(stoppingToken);
                await WebhookTable.SealAsync(connection, secrets, stoppingToken);
                var before = time.GetUtcNow() - options.Value.Retention;
                while (await WebhookTable.ForgetAsync(connection, before, Chunk, stoppingToken) == Chunk)
                {
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The loop outlives an outage of the database.
                Log.Failed(logger, e);
            }

            await Task.Delay(Interval, time, stoppingToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A sweep of webhook deliveries failed; the next one tries again")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
