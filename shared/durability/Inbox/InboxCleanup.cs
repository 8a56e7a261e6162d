using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Sluice.Durability.Outbox;

namespace Sluice.Durability.Inbox;

/// <summary>
/// Forgets old inbox rows in small steps. Several processes may do it at once: each skips what another holds.
/// </summary>
internal sealed partial class InboxCleanup(
    NpgsqlDataSource dataSource, OutboxTable table, IOptions<OutboxOptions> options, TimeProvider time,
    ILogger<InboxCleanup> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.InboxCleanupEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    while (await DeleteStepAsync(stoppingToken) == options.Value.InboxCleanupBatch)
                    {
                        // Each step is a transaction of its own, so that no old snapshot is held.
                    }
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    // Rows that stay longer do no harm; the next tick tries again.
                    Log.Failed(logger, exception.Message);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task<int> DeleteStepAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"""
            DELETE FROM {table.Schema}.inbox WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM {table.Schema}.inbox WHERE received_at < now() - $1
                ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED))
            """);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan>
        {
            TypedValue = options.Value.InboxRetention,
            NpgsqlDbType = NpgsqlDbType.Interval,
        });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = options.Value.InboxCleanupBatch });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Old inbox rows could not be deleted: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
