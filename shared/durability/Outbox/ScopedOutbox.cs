using MassTransit;
using MassTransit.DependencyInjection;
using MassTransit.Middleware;
using MassTransit.Middleware.Outbox;
using MassTransit.Transports;
using Microsoft.EntityFrameworkCore;

namespace Sluice.Durability.Outbox;

/// <summary>
/// What a scope's <see cref="IPublishEndpoint"/> and <see cref="ISendEndpointProvider"/> are: messages become rows of
/// the scope's DbContext and leave with its commit. Concurrent publishing in one scope is allowed.
/// </summary>
internal sealed class ScopedOutbox<TDbContext> : ScopedBusContext, OutboxSendContext
    where TDbContext : DbContext
{
    private readonly OutboxStore<TDbContext> _store;
    private readonly IServiceProvider _provider;
    private readonly BusScopedBusContext<IBus> _direct;

    public ScopedOutbox(
        IBus bus, OutboxStore<TDbContext> store, BusScopedBusContext<IBus> direct, IServiceProvider provider)
    {
        _store = store;
        _direct = direct;
        _provider = provider;
        SendEndpointProvider = new OutboxSendEndpointProvider(this, bus);
        PublishEndpoint = new PublishEndpoint(new OutboxPublishEndpointProvider(this, bus));
    }

    public ISendEndpointProvider SendEndpointProvider { get; }

    public IPublishEndpoint PublishEndpoint { get; }

    /// <summary>Requests are answered while somebody waits, so they go out directly, not with a later commit.</summary>
    public IScopedClientFactory ClientFactory => _direct.ClientFactory;

    public Task AddSend<T>(SendContext<T> context)
        where T : class
    {
        _store.Add(context);
        return Task.CompletedTask;
    }

    public object? GetService(Type serviceType) => _provider.GetService(serviceType);
}
