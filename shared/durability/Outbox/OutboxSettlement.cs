using System.Net.Sockets;
using MassTransit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Sluice.Durability.Messaging;

namespace Sluice.Durability.Outbox;

/// <summary>
/// What becomes of a batch that was published: confirmed rows are deleted in one statement, failed ones put off or
/// buried. Thread-safe.
/// </summary>
internal sealed partial class OutboxSettlement(
    OutboxTable table,
    OutboxMetrics metrics,
    BusConnection connection,
    IOptions<OutboxOptions> options,
    ILogger<OutboxSettlement> logger)
{
    private const int ErrorLength = 1000;

    private readonly OutboxOptions _options = options.Value;

    /// <param name="token">The claim on the rows.</param>
    /// <param name="rows">The batch.</param>
    /// <param name="errors">In the order of the rows: null for a confirmed one.</param>
    /// <returns>Whether rows were put off.</returns>
    /// <exception cref="BrokerAwayException">Nothing was confirmed or refused; the claim was given back.</exception>
    public async Task<bool> SettleAsync(Guid token, IReadOnlyList<ClaimedRow> rows, Exception?[] errors)
    {
        var confirmed = new List<Guid>(rows.Count);
        var failed = new List<(ClaimedRow Row, Exception Error)>();
        for (var i = 0; i < rows.Count; i++)
        {
            if (errors[i] is { } error)
            {
                failed.Add((rows[i], error));
            }
            else
            {
                confirmed.Add(rows[i].Id);
            }
        }

        if (confirmed.Count > 0)
        {
            await table.DeleteAsync(token, confirmed, CancellationToken.None);
            metrics.Delivered.Add(confirmed.Count);
        }

        return failed.Count > 0 && await SettleFailedAsync(token, failed, confirmed.Count);
    }

    private async Task<bool> SettleFailedAsync(
        Guid token, List<(ClaimedRow Row, Exception Error)> failed, int confirmed)
    {
        metrics.Failed.Add(failed.Count);
        if (confirmed == 0 && failed.All(one => IsAway(one.Error)))
        {
            await GiveBackAsync(token, failed);
            if (failed.Exists(one => one.Error is OperationCanceledException))
            {
                await connection.RenewAsync("it confirms nothing");
            }

            throw new BrokerAwayException($"the broker confirms nothing ({failed[0].Error.Message})", failed[0].Error);
        }

        var alone = confirmed + failed.Count == 1;
        var putOff = new List<FailedRow>();
        var dead = new List<FailedRow>();
        foreach (var (row, error) in failed)
        {
            var attempts = row.Attempts + 1;
            var refusals = row.Refusals + (IsRefusal(error, alone) ? 1 : 0);
            var next = new FailedRow(row.Id, attempts, refusals, BackOff(attempts), Text(error));
            (refusals < _options.MaxAttempts ? putOff : dead).Add(next);
        }

        if (putOff.Count > 0)
        {
            await table.PutOffAsync(token, putOff, CancellationToken.None);
            Log.PutOff(logger, putOff.Count, putOff[0].Error);
        }

        if (dead.Count > 0)
        {
            await table.BuryAsync(token, dead, CancellationToken.None);
            metrics.Buried.Add(dead.Count);
            Log.Buried(logger, dead.Count, dead[0].Error);
        }

        if (alone && IsNack(failed[0].Error))
        {
            await connection.RenewAsync("it refuses a message");
        }

        return putOff.Count > 0;
    }

    /// <summary>
    /// The rows are due at once when the broker is back; only one that was tried alone goes behind the others, lest it
    /// is what ends each round.
    /// </summary>
    private Task GiveBackAsync(Guid token, List<(ClaimedRow Row, Exception Error)> failed)
    {
        if (failed is not [{ Row: { Attempts: > 0 } suspect, Error: var error }])
        {
            return table.ReleaseAsync(token, [.. failed.Select(one => one.Row.Id)], CancellationToken.None);
        }

        var attempts = suspect.Attempts + 1;
        var next = new FailedRow(suspect.Id, attempts, suspect.Refusals, BackOff(attempts), Text(error));
        return table.PutOffAsync(token, [next], CancellationToken.None);
    }

    /// <summary>
    /// Whether the message itself is to blame. A missing queue appears when its owner starts; a channel that was closed
    /// before the message was sent was closed by another one, and so it may have been for all that were out at once. A
    /// broker that cannot keep a message says so of any: its queue is full, or has no leader.
    /// </summary>
    private static bool IsRefusal(Exception error, bool alone) => error switch
    {
        MessageReturnedException or AlreadyClosedException => false,
        _ when IsNack(error) => false,
        OperationInterruptedException when !alone => false,
        _ => !IsAway(error),
    };

    private static bool IsNack(Exception error) =>
        error is RabbitMQ.Client.Exceptions.PublishException { IsReturn: false };

    /// <summary>
    /// Whether the error says nothing but that there is no connection: it broke, or the broker ended it (320).
    /// </summary>
    private static bool IsAway(Exception error) => error switch
    {
        OperationInterruptedException { ShutdownReason: { } reason } =>
            reason.Initiator != ShutdownInitiator.Peer || reason.ReplyCode == Constants.ConnectionForced,
        _ => error is OperationCanceledException or RabbitMqConnectionException or BrokerUnreachableException
            or TransportUnavailableException or ObjectDisposedException or IOException or SocketException,
    };

    private static string Text(Exception error)
    {
        var text = $"{error.GetType().Name}: {error.Message}".Replace('\0', ' ');
        return text[..Math.Min(text.Length, ErrorLength)];
    }

    private TimeSpan BackOff(int attempts)
    {
        var ticks = _options.BackOffMin.Ticks * Math.Pow(2, Math.Min(attempts - 1, 30));
        var bounded = Math.Min(ticks, _options.BackOffMax.Ticks);
        return TimeSpan.FromTicks((long)(bounded * (0.75 + 0.5 * Random.Shared.NextDouble())));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Count} messages could not be published and were put off: {Reason}")]
        public static partial void PutOff(ILogger logger, int count, string reason);

        [LoggerMessage(2, LogLevel.Error, "{Count} messages were given up and moved to outbox_dead: {Reason}")]
        public static partial void Buried(ILogger logger, int count, string reason);
    }
}
