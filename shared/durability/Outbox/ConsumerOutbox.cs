using MassTransit;
using MassTransit.Middleware;
using MassTransit.Middleware.Outbox;
using Microsoft.EntityFrameworkCore;

namespace Sluice.Durability.Outbox;

/// <summary>
/// The context of a consumer behind the outbox: what it publishes, sends and responds becomes rows in the transaction
/// of the inbox row. The core pipe's several-pass delivery is not used: relays deliver.
/// </summary>
internal sealed class ConsumerOutbox<TDbContext, TMessage>(
    ConsumeContext<TMessage> context,
    OutboxConsumeOptions options,
    IServiceProvider provider,
    OutboxStore<TDbContext> store,
    bool duplicate)
    : OutboxConsumeContextProxy<TMessage>(context, options, provider), IScheduleCancellation
    where TDbContext : DbContext
    where TMessage : class
{
    public override bool ContinueProcessing { get; set; }

    /// <summary>
    /// A duplicate is shown as consumed and delivered: the pipe then acknowledges without running the consumer.
    /// </summary>
    public override bool IsMessageConsumed => duplicate;

    public override bool IsOutboxDelivered => duplicate;

    public override int ReceiveCount => 1;

    public override long? LastSequenceNumber => null;

    public override Task SetConsumed() => Task.CompletedTask;

    public override Task SetDelivered() => Task.CompletedTask;

    public override Task<List<OutboxMessageContext>> LoadOutboxMessages() =>
        Task.FromResult(new List<OutboxMessageContext>());

    public override Task NotifyOutboxMessageDelivered(OutboxMessageContext message) => Task.CompletedTask;

    public override Task RemoveOutboxMessages() => Task.CompletedTask;

    public override Task AddSend<T>(SendContext<T> context)
    {
        store.Add(context);
        return Task.CompletedTask;
    }

    public Task CancelAsync(Guid scheduleId, CancellationToken cancellationToken) =>
        store.CancelAsync(scheduleId, cancellationToken);
}
