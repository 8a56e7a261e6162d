using MassTransit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RabbitMQ.Client.Exceptions;

namespace Sluice.Durability.Outbox;

/// <summary>
/// What becomes of a batch that was published: confirmed rows are deleted in one statement, failed ones put off or
/// buried. Thread-safe.
/// </summary>
internal sealed partial class OutboxSettlement(
    OutboxTable table, OutboxMetrics metrics, IOptions<OutboxOptions> options, ILogger<OutboxSettlement> logger)
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

        return failed.Count > 0 && await SettleFailedAsync(token, failed, confirmed.Count == 0);
    }

    private async Task<bool> SettleFailedAsync(
        Guid token, List<(ClaimedRow Row, Exception Error)> failed, bool nothingConfirmed)
    {
        metrics.Failed.Add(failed.Count);
        if (nothingConfirmed && failed.All(one => IsAway(one.Error)))
        {
            await table.ReleaseAsync(token, [.. failed.Select(one => one.Row.Id)], CancellationToken.None);
            throw new BrokerAwayException($"the broker confirms nothing ({failed[0].Error.Message})", failed[0].Error);
        }

        var putOff = new List<FailedRow>();
        var dead = new List<FailedRow>();
        foreach (var (row, error) in failed)
        {
            var attempts = row.Attempts + 1;
            var text = $"{error.GetType().Name}: {error.Message}".Replace('\0', ' ');
            var next = new FailedRow(row.Id, attempts, BackOff(attempts), text[..Math.Min(text.Length, ErrorLength)]);
            // A missing queue appears when its owner starts, and a channel may have been closed by another row: neither
            // makes the message a poison.
            var harmless = error is MessageReturnedException || IsAway(error);
            (harmless || attempts < _options.MaxAttempts ? putOff : dead).Add(next);
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

        return putOff.Count > 0;
    }

    private static bool IsAway(Exception error) => error is OperationCanceledException or RabbitMqConnectionException
        or BrokerUnreachableException or TransportUnavailableException;

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
