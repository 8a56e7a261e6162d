using MassTransit.Configuration;
using MassTransit.DependencyInjection;
using MassTransit.Middleware;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Durability.Faults;
using Sluice.Durability.Inbox;
using Sluice.Durability.Outbox;
using Sluice.Durability.Postgres;
using Sluice.Durability.Scheduling;
using Sluice.Durability.Schema;
using Sluice.ServiceDefaults.Options;

namespace MassTransit;

public static class OutboxRegistration
{
    /// <summary>
    /// Makes <typeparamref name="TDbContext"/> the outbox of this process: what scoped <see cref="IPublishEndpoint"/>
    /// and <see cref="ISendEndpointProvider"/> are given leaves when its <c>SaveChanges</c> has been committed. The
    /// context must be registered and call <see cref="DurabilityModel.AddDurability"/>. Also registers a scoped
    /// <see cref="IMessageScheduler"/>, the relay and the inbox clean-up. <see cref="IBus"/> bypasses the outbox.
    /// </summary>
    public static void AddEntityFrameworkOutbox<TDbContext>(
        this IBusRegistrationConfigurator configurator, Action<OutboxConfigurator>? configure = null)
        where TDbContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(configurator);
        var choices = new OutboxConfigurator();
        configure?.Invoke(choices);
        configurator.AddPostgres();
        configurator.AddFaultPoints();
        configurator.AddValidatedOptions<OutboxOptions>(OutboxOptions.Section);
        configurator.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<OutboxOptions>, OutboxOptionsValidator>());
        configurator.AddSingleton(CreateTable<TDbContext>);
        configurator.AddSingleton<OutboxSignal>();
        configurator.AddSingleton<OutboxMetrics>();
        configurator.AddSingleton(provider => new OutboxRowFactory(
            provider.GetRequiredService<IBus>, provider.GetRequiredService<TimeProvider>()));
        configurator.AddSingleton<OutboxPublisher>();
        configurator.AddSendObserver<PublishAttempt.Observer>();
        configurator.AddSingleton<OutboxSettlement>();
        configurator.AddSingleton<OutboxBatch>();
        configurator.AddSingleton<OutboxInterceptor>();
        configurator.AddSingleton(provider => new StoredMessages(provider.GetRequiredService<OutboxInterceptor>()));
        configurator.AddSingleton<DirectOutbox>();
        configurator.AddSingleton<InboxServices>();
        configurator.AddScoped<OutboxStore<TDbContext>>();
        configurator.AddScoped<IOutboxContextFactory<TDbContext>, InboxContextFactory<TDbContext>>();
        configurator.RemoveAll<IScopedBusContextProvider<IBus>>();
        configurator.AddScoped<IScopedBusContextProvider<IBus>, ScopedOutboxProvider<TDbContext>>();
        configurator.AddScoped<IMessageScheduler>(provider => new Scheduling.MessageScheduler(
            new OutboxScheduleProvider(
                provider.GetRequiredService<ISendEndpointProvider>(),
                provider.GetRequiredService<OutboxStore<TDbContext>>()),
            provider.GetRequiredService<IBus>().Topology));
        configurator.ConfigureDbContext<TDbContext>((provider, options) =>
            options.AddInterceptors(provider.GetRequiredService<OutboxInterceptor>()));
        if (choices.Relay)
        {
            configurator.AddSingleton<IHostedService, OutboxRelay>();
            configurator.AddSingleton<IHostedService, OutboxGauge>();
        }

        configurator.AddSingleton<IHostedService, InboxCleanup>();
    }

    /// <summary>
    /// Runs the consumers and sagas of this endpoint behind inbox and outbox: effects, the fact of having consumed, and
    /// all messages commit in one transaction. For short consumers (under a second): the transaction is open while they
    /// run.
    /// </summary>
    public static void UseEntityFrameworkOutbox<TDbContext>(
        this IReceiveEndpointConfigurator configurator, IRegistrationContext context)
        where TDbContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(configurator);
        var observer = new OutboxConsumePipeSpecificationObserver<TDbContext>(configurator, context);
        configurator.ConnectConsumerConfigurationObserver(observer);
        configurator.ConnectSagaConfigurationObserver(observer);
    }

    /// <summary>The model says which schema the outbox is in, so that there is one source of truth.</summary>
    private static OutboxTable CreateTable<TDbContext>(IServiceProvider provider)
        where TDbContext : DbContext
    {
        using var scope = provider.CreateScope();
        return new OutboxTable(
            provider.GetRequiredService<NpgsqlDataSource>(),
            DurabilityModel.SchemaOf(scope.ServiceProvider.GetRequiredService<TDbContext>()));
    }
}
