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
        using var given = new CancellationTokenSource();
        var attempts = rows.Select(row => publisher.Start(row, given.Token)).ToList();

        // Not the host's token: a window that is out is brought home before the process ends. Waited for here and not
        // by each send: MassTransit 8.4.0 is deaf to its token while it waits for a confirm, and a broker that is
        // silent on an open connection would hold the relay until the heartbeat notices.
        await Task.WhenAll(attempts.Select(attempt => attempt.Ended)).WaitAsync(options.Value.PublishTimeout)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var errors = attempts.Select(attempt => attempt.Error).ToArray();
        await given.CancelAsync();
        await faults.ReachAsync("outbox.afterPublish", CancellationToken.None);
        return await settlement.SettleAsync(token, rows, errors);
    }
}
