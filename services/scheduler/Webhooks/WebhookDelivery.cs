using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Contracts.Webhooks;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Webhooks;

/// <summary>
/// One attempt of a delivery. No transaction is open while the receiver is waited for; afterwards the attempt is
/// counted and the next one ordered in one. A process that dies in between leads to one more attempt with the same
/// event id: receivers get each event at least once.
/// </summary>
internal sealed partial class WebhookDelivery(
    NpgsqlDataSource dataSource,
    SchedulerTransactions transactions,
    WebhookSender sender,
    IOptions<WebhookOptions> options,
    ILogger<WebhookDelivery> logger)
{
    private const int Growth = 4;
    private const double Chance = 0.1;

    public async Task RunAsync(Guid id, int attempt, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, attempt, cancellationToken) is not { } delivery)
        {
            return;
        }

        var answer = await sender.SendAsync(delivery, cancellationToken);
        var state = answer.Error is null ? DeliveryState.Delivered
            : answer.IsGone || attempt >= options.Value.MaxAttempts ? DeliveryState.Failed
            : DeliveryState.Pending;
        await using var transaction = await transactions.BeginAsync(cancellationToken);
        if (!await WebhookTable.RecordAsync(transaction.Connection, id, attempt, answer, state, cancellationToken))
        {
            return;
        }

        if (state == DeliveryState.Pending)
        {
            await transaction.ScheduleAsync(
                Queues.Webhooks,
                new DeliverWebhook { DeliveryId = id, Attempt = attempt + 1 },
                Pause(options.Value, attempt, Random.Shared.NextDouble()),
                cancellationToken);
        }
        else if (state == DeliveryState.Failed)
        {
            await WebhookLetters.AddAsync(transaction, delivery, attempt, answer, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        if (state == DeliveryState.Failed)
        {
            Log.Failed(logger, PublicId.Event(id), attempt, answer.Error!);
        }
    }

    /// <summary>How long after this attempt the next one comes.</summary>
    /// <param name="options">First and longest pause.</param>
    /// <param name="attempt">The one that failed, from 1.</param>
    /// <param name="chance">0 to 1: receivers that failed together are not asked together again.</param>
    internal static TimeSpan Pause(WebhookOptions options, int attempt, double chance)
    {
        // In seconds: a span that has grown fifty times is longer than one can be.
        var seconds = Math.Min(
            options.RetryDelay.TotalSeconds * Math.Pow(Growth, attempt - 1), options.MaxRetryDelay.TotalSeconds);
        return TimeSpan.FromSeconds(seconds * (1 - (Chance * chance)));
    }

    private async Task<DueDelivery?> FindAsync(Guid id, int attempt, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await WebhookTable.FindDueAsync(connection, id, attempt, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Event} was given up after {Attempts} attempts: {Error}")]
        public static partial void Failed(ILogger logger, string @event, int attempts, string error);
    }
}
