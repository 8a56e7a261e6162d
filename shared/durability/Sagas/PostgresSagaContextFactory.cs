using System.Data;
using MassTransit;
using MassTransit.Saga;
using Microsoft.EntityFrameworkCore;

namespace Sluice.Durability.Sagas;

/// <summary>
/// EF Core saga repository: pessimistic, by row lock in ReadCommitted. Shares the scope's DbContext and, where the
/// endpoint has the consumer outbox, its transaction; else it opens one of its own.
/// </summary>
internal sealed class PostgresSagaContextFactory<TSaga, TDbContext>(
    TDbContext dbContext, ISagaConsumeContextFactory<DbContext, TSaga> factory)
    : ISagaRepositoryContextFactory<TSaga>,
        ILoadSagaRepositoryContextFactory<TSaga>,
        IQuerySagaRepositoryContextFactory<TSaga>
    where TSaga : class, ISaga
    where TDbContext : DbContext
{
    public Task Send<T>(ConsumeContext<T> context, IPipe<SagaRepositoryContext<TSaga, T>> next)
        where T : class =>
        InTransactionAsync(
            () => next.Send(new PostgresSagaContext<TSaga, T>(dbContext, context, factory)), context.CancellationToken);

    public Task SendQuery<T>(
        ConsumeContext<T> context, ISagaQuery<TSaga> query, IPipe<SagaRepositoryQueryContext<TSaga, T>> next)
        where T : class =>
        InTransactionAsync(async () =>
        {
            var repository = new PostgresSagaContext<TSaga, T>(dbContext, context, factory);
            var found = await repository.FindAsync(query);
            await next.Send(new LoadedSagaRepositoryQueryContext<TSaga, T>(repository, found));
        }, context.CancellationToken);

    public Task<T> Execute<T>(
        Func<LoadSagaRepositoryContext<TSaga>, Task<T>> asyncMethod, CancellationToken cancellationToken = default)
        where T : class =>
        asyncMethod(new PostgresSagaReadContext<TSaga>(dbContext, cancellationToken));

    public Task<T> Execute<T>(
        Func<QuerySagaRepositoryContext<TSaga>, Task<T>> asyncMethod, CancellationToken cancellationToken = default)
        where T : class =>
        asyncMethod(new PostgresSagaReadContext<TSaga>(dbContext, cancellationToken));

    public void Probe(ProbeContext context)
    {
        context.Add("persistence", "postgres");
        context.Add("concurrency", "pessimistic");
    }

    private async Task InTransactionAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        if (dbContext.Database.CurrentTransaction is not null)
        {
            await work();
            return;
        }

        await using var transaction =
            await dbContext.Database.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        await work();
        await transaction.CommitAsync(cancellationToken);
    }
}
