using MassTransit;
using MassTransit.Configuration;
using MassTransit.Saga;
using Microsoft.EntityFrameworkCore;
using Sluice.Durability.Sagas;

namespace MassTransit;

/// <summary>Where the instances of a saga live.</summary>
public sealed class SagaRepositoryConfigurator<TSaga>
    where TSaga : class, ISaga
{
    private readonly ISagaRepositoryRegistrationConfigurator<TSaga> _registration;

    internal SagaRepositoryConfigurator(ISagaRepositoryRegistrationConfigurator<TSaga> registration) =>
        _registration = registration;

    internal bool IsComplete { get; private set; }

    /// <summary>
    /// Keeps the instances in a scoped DbContext that is registered already and maps <typeparamref name="TSaga"/>, with
    /// <c>CorrelationId</c> as its key.
    /// </summary>
    public void ExistingDbContext<TDbContext>()
        where TDbContext : DbContext
    {
        _registration.RegisterLoadSagaRepository<TSaga, PostgresSagaContextFactory<TSaga, TDbContext>>();
        _registration.RegisterQuerySagaRepository<TSaga, PostgresSagaContextFactory<TSaga, TDbContext>>();
        _registration.RegisterSagaRepository<TSaga, DbContext, SagaConsumeContextFactory<DbContext, TSaga>,
            PostgresSagaContextFactory<TSaga, TDbContext>>();
        IsComplete = true;
    }
}
