using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Sluice.Durability.Messaging;
using Sluice.Durability.Scheduling;
using Sluice.ServiceDefaults.Options;

namespace MassTransit;

public static class MessagingRegistration
{
    private static readonly TimeSpan BeyondBus = TimeSpan.FromSeconds(5);

    /// <summary>
    /// MassTransit over RabbitMQ (<c>ConnectionStrings:RabbitMq</c>) with the bounds of <see cref="MessagingOptions"/>:
    /// queues of one type with explicit limits, kebab-case names, compact JSON, no usage telemetry, scheduling through
    /// the outbox, and a watchdog over every endpoint. A broker that is away at start does not keep the host from
    /// starting.
    /// </summary>
    public static IServiceCollection AddSluiceMessaging(
        this IServiceCollection services,
        Action<IBusRegistrationConfigurator>? configure = null,
        Action<IBusRegistrationContext, IRabbitMqBusFactoryConfigurator>? configureBus = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.AddValidatedOptions<MessagingOptions>(MessagingOptions.Section);
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<MessagingOptions>, MessagingOptionsValidator>());
        services.AddSingleton(provider => RabbitMqUri.Parse(
            provider.GetRequiredService<IConfiguration>().GetConnectionString("RabbitMq")));
        services.TryAddSingleton<BrokerConnections>();
        services.AddSingleton<BusConnection>();
        services.AddOptions<MassTransitHostOptions>().Configure<IOptions<MessagingOptions>>((host, messaging) =>
        {
            host.WaitUntilStarted = false;
            host.StopTimeout = messaging.Value.StopTimeout;
            host.ConsumerStopTimeout = messaging.Value.ConsumerStopTimeout;
        });
        services.AddOptions<HostOptions>().PostConfigure<IOptions<MessagingOptions>>((host, messaging) =>
        {
            var needed = messaging.Value.StopTimeout + BeyondBus;
            host.ShutdownTimeout = host.ShutdownTimeout < needed ? needed : host.ShutdownTimeout;
        });
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.SetKebabCaseEndpointNameFormatter();
            bus.AddConfigureEndpointsCallback((context, name, endpoint) =>
                QueueArguments.Apply(endpoint, name, context.GetRequiredService<IOptions<MessagingOptions>>().Value));
            configure?.Invoke(bus);
            bus.UsingRabbitMq((context, rabbit) => ConfigureRabbitMq(context, rabbit, configureBus));
        });
        services.AddSendObserver<TransportDelayGuard>();
        services.AddPublishObserver<TransportDelayGuard>();
        AddWatchdog(services);
        return services;
    }

    private static void ConfigureRabbitMq(
        IBusRegistrationContext context,
        IRabbitMqBusFactoryConfigurator rabbit,
        Action<IBusRegistrationContext, IRabbitMqBusFactoryConfigurator>? configureBus)
    {
        var broker = context.GetRequiredService<RabbitMqUri>();
        var options = context.GetRequiredService<IOptions<MessagingOptions>>().Value;
        var name = context.GetService<IHostEnvironment>()?.ApplicationName;
        rabbit.Host(broker.Host, broker.Port, broker.VirtualHost, name, host =>
        {
            host.Username(broker.User);
            host.Password(broker.Password);
            host.Heartbeat(options.Heartbeat);
            host.OnRefreshConnectionFactory = factory =>
            {
                AttentiveSocket.Use(factory);
                return Task.CompletedTask;
            };
            if (options.Nodes.Length > 0)
            {
                host.UseCluster(cluster => Array.ForEach(
                    [$"{broker.Host}:{broker.Port}", .. options.Nodes], cluster.Node));
            }

            if (broker.Tls)
            {
                host.UseSsl(_ => { });
            }
        });
        var connection = BusConnection.HostOf(rabbit);
        SteadyReconnection.Apply(connection, options.ReconnectDelay);
        context.GetRequiredService<BusConnection>().Use(connection);
        rabbit.ConfigureJsonSerializerOptions(json =>
        {
            // The options are static in MassTransit 8.4, so this is the whole process's form; readers accept both.
            json.WriteIndented = false;
            return json;
        });
        if (context.GetService<DirectOutbox>() is { } direct)
        {
            rabbit.UseFilter(new OutboxSchedulerFilter(direct, context.GetRequiredService<IBus>));
        }

        configureBus?.Invoke(context, rabbit);
        rabbit.ConfigureEndpoints(context);
    }

    private static void AddWatchdog(IServiceCollection services)
    {
        services.TryAddSingleton<IProcessExit, ProcessExit>();
        services.TryAddSingleton<IBrokerProbe, BrokerProbe>();
        services.AddSingleton<EndpointObserver>();
        services.AddSingleton<EndpointWatchdog>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<EndpointWatchdog>());
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            "messaging-endpoints", provider => provider.GetRequiredService<EndpointWatchdog>(),
            HealthStatus.Unhealthy, ["live"]));
    }
}
