using MassTransit;
using MassTransit.Middleware;
using Sluice.Durability.Outbox;

namespace Sluice.Durability.Scheduling;

/// <summary>
/// Stores messages in transactions of their own, for what happens outside of the consumer's: a redelivery is scheduled
/// after the consumer's transaction has been rolled back. Thread-safe.
/// </summary>
internal sealed class DirectOutbox(
    OutboxTable table, OutboxRowFactory rows, OutboxSignal signal, IServiceProvider provider)
    : OutboxSendContext, IScheduleCancellation
{
    public async Task AddSend<T>(SendContext<T> context)
        where T : class
    {
        await table.InsertAsync(rows.Create(context), context.CancellationToken);
        signal.Set();
    }

    public Task CancelAsync(Guid scheduleId, CancellationToken cancellationToken) =>
        table.CancelAsync(scheduleId, cancellationToken);

    public object? GetService(Type serviceType) => provider.GetService(serviceType);
}
