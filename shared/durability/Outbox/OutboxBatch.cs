using Microsoft.Extensions.Options;
using Sluice.Durability.Faults;

namespace Sluice.Durability.Outbox;

/// <summary>
/// Publishes one claimed batch concurrently, outside any transaction. Thread-safe; bounded by the batch.
/// </summary>
internal sealed class OutboxBatch(
    OutboxPublisher publisher, OutboxSettlement settlement, IFaultPoints faults, IOptions<OutboxOptions> options)
{
    /// <returns>Whether rows were put off.</returns>
    /// <exception cref="BrokerAwayException">Nothing was confirmed or refused; the claim was given back.</exception>
    public async Task<bool> SendAsync(Guid token, IReadOnlyList<ClaimedRow> rows)
    {
        // Not the host's token: a window that is out is brought home before the process ends.
        using var timeout = new CancellationTokenSource(options.Value.PublishTimeout);
        var errors = await Task.WhenAll(rows.Select(row => TryPublishAsync(row, timeout.Token)));
        await faults.ReachAsync("outbox.afterPublish", CancellationToken.None);
        return await settlement.SettleAsync(token, rows, errors);
    }

    private async Task<Exception?> TryPublishAsync(ClaimedRow row, CancellationToken cancellationToken)
    {
        try
        {
            await publisher.PublishAsync(row, cancellationToken);
            return null;
        }
        catch (Exception exception)
        {
            // Whatever a message does, it is that message's failure alone.
            return exception;
        }
    }
}
