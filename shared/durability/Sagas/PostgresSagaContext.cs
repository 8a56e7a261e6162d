using MassTransit;
using MassTransit.Context;
using MassTransit.Logging;
using MassTransit.Middleware;
using MassTransit.Saga;
using Microsoft.EntityFrameworkCore;

namespace Sluice.Durability.Sagas;

/// <summary>One message on its way through sagas of one type, in one transaction. Not thread-safe.</summary>
internal sealed class PostgresSagaContext<TSaga, TMessage>
    : ConsumeContextScope<TMessage>, SagaRepositoryContext<TSaga, TMessage>
    where TSaga : class, ISaga
    where TMessage : class
{
    private readonly DbContext _dbContext;
    private readonly ConsumeContext<TMessage> _consumeContext;
    private readonly ISagaConsumeContextFactory<DbContext, TSaga> _factory;
    private readonly SagaStore<TSaga> _store;

    public PostgresSagaContext(
        DbContext dbContext,
        ConsumeContext<TMessage> consumeContext,
        ISagaConsumeContextFactory<DbContext, TSaga> factory)
        : base(consumeContext, dbContext)
    {
        _dbContext = dbContext;
        _consumeContext = consumeContext;
        _factory = factory;
        _store = new SagaStore<TSaga>(dbContext);
    }

    public Task<SagaConsumeContext<TSaga, TMessage>> Add(TSaga instance) =>
        Create(instance, SagaConsumeContextMode.Add);

    /// <summary>
    /// After the insert, whoever made it, the row is loaded and locked: the caller never sees a race.
    /// </summary>
    public async Task<SagaConsumeContext<TSaga, TMessage>> Insert(TSaga instance)
    {
        await _store.InsertAsync(instance, CancellationToken);
        var stored = await _store.LoadAsync(instance.CorrelationId, CancellationToken);
        return stored is null ? null! : await Create(stored, SagaConsumeContextMode.Insert);
    }

    public async Task<SagaConsumeContext<TSaga, TMessage>> Load(Guid correlationId)
    {
        var instance = await _store.LoadAsync(correlationId, CancellationToken);
        return instance is null ? null! : await Create(instance, SagaConsumeContextMode.Load);
    }

    public Task<IReadOnlyList<TSaga>> FindAsync(ISagaQuery<TSaga> query) => _store.FindAsync(query, CancellationToken);

    public async Task Save(SagaConsumeContext<TSaga> context)
    {
        _dbContext.Add(context.Saga);
        await _dbContext.SaveChangesAsync(CancellationToken);
    }

    public Task Update(SagaConsumeContext<TSaga> context) => _dbContext.SaveChangesAsync(CancellationToken);

    public async Task Delete(SagaConsumeContext<TSaga> context)
    {
        _dbContext.Remove(context.Saga);
        await _dbContext.SaveChangesAsync(CancellationToken);
    }

    /// <summary>An instance that was completed by its first event was never stored; its messages were.</summary>
    public Task Discard(SagaConsumeContext<TSaga> context) => Task.CompletedTask;

    public Task Undo(SagaConsumeContext<TSaga> context)
    {
        _dbContext.Entry(context.Saga).State = EntityState.Unchanged;
        return Task.CompletedTask;
    }

    public Task<SagaConsumeContext<TSaga, T>> CreateSagaConsumeContext<T>(
        ConsumeContext<T> consumeContext, TSaga instance, SagaConsumeContextMode mode)
        where T : class =>
        _factory.CreateSagaConsumeContext(_dbContext, consumeContext, instance, mode);

    private Task<SagaConsumeContext<TSaga, TMessage>> Create(TSaga instance, SagaConsumeContextMode mode) =>
        _factory.CreateSagaConsumeContext(_dbContext, _consumeContext, instance, mode);
}
