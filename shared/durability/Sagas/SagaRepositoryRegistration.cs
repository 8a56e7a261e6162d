namespace MassTransit;

public static class SagaRepositoryRegistration
{
    /// <summary>
    /// Stores the saga with EF Core in PostgreSQL: <c>AddSagaStateMachine&lt;M, S&gt;().EntityFrameworkRepository(r
    /// =&gt; r.ExistingDbContext&lt;Db&gt;())</c>. Instances are locked by row; concurrent events of one wait for each
    /// other.
    /// </summary>
    /// <exception cref="ConfigurationException">No DbContext was named.</exception>
    public static ISagaRegistrationConfigurator<TSaga> EntityFrameworkRepository<TSaga>(
        this ISagaRegistrationConfigurator<TSaga> configurator, Action<SagaRepositoryConfigurator<TSaga>> configure)
        where TSaga : class, ISaga
    {
        ArgumentNullException.ThrowIfNull(configurator);
        ArgumentNullException.ThrowIfNull(configure);
        return configurator.Repository(registration =>
        {
            var repository = new SagaRepositoryConfigurator<TSaga>(registration);
            configure(repository);
            if (!repository.IsComplete)
            {
                throw new ConfigurationException(
                    $"EntityFrameworkRepository of {typeof(TSaga).Name} names no DbContext.");
            }
        });
    }
}
