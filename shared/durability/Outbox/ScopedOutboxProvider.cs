using MassTransit;
using MassTransit.DependencyInjection;
using Microsoft.EntityFrameworkCore;

namespace Sluice.Durability.Outbox;

/// <summary>
/// Chooses what a scope publishes through: inside a consumer its own context (which is the consumer outbox where the
/// endpoint has one), elsewhere the bus outbox.
/// </summary>
internal sealed class ScopedOutboxProvider<TDbContext> : IScopedBusContextProvider<IBus>
    where TDbContext : DbContext
{
    public ScopedOutboxProvider(
        IBus bus,
        OutboxStore<TDbContext> store,
        Bind<IBus, IClientFactory> clientFactory,
        Bind<IBus, IScopedConsumeContextProvider> consumeContext,
        IServiceProvider provider)
    {
        Context = consumeContext.Value.HasContext
            ? new ConsumeContextScopedBusContext(consumeContext.Value.GetContext(), clientFactory.Value)
            : new ScopedOutbox<TDbContext>(
                bus, store, new BusScopedBusContext<IBus>(bus, clientFactory.Value, provider), provider);
    }

    public ScopedBusContext Context { get; }
}
