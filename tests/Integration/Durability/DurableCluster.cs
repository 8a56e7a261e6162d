using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sluice.Durability.Postgres;
using Sluice.Durability.Schema;
using Sluice.TestKit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>A database and a vhost of their own, and any number of hosts on them.</summary>
public sealed class DurableCluster : IAsyncDisposable
{
    private readonly List<IHost> _hosts = [];

    public PostgresDatabase Database { get; private set; } = null!;

    public RabbitVhost Vhost { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Database = await PostgresDatabase.CreateAsync();
        Vhost = await RabbitVhost.CreateAsync();
        await Database.ExecuteAsync(DurableDb.Sql);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.StopAsync();
            host.Dispose();
        }

        await Vhost.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>Starts a host with outbox, effect consumer and counter saga, unless told otherwise.</summary>
    public async Task<IHost> StartAsync(
        Action<IBusRegistrationConfigurator>? bus = null,
        Action<IServiceCollection>? services = null,
        Action<OutboxConfigurator>? outbox = null,
        params (string Key, string Value)[] settings)
    {
        var host = Build(bus ?? AddConsumers, services, outbox, settings);
        _hosts.Add(host);
        await host.StartAsync();
        if (bus is null)
        {
            await ReadyAsync(host);
        }

        return host;
    }

    public static void AddConsumers(IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<EffectConsumer, EffectConsumerDefinition>();
        bus.AddSagaStateMachine<CounterMachine, Counter, CounterDefinition>()
            .EntityFrameworkRepository(r => r.ExistingDbContext<DurableDb>());
    }

    /// <summary>The queues exist and have consumers: what is published from now on is not lost.</summary>
    public static Task ReadyAsync(IHost host) => Eventually.Until("the bus is healthy", () =>
        host.Services.GetRequiredService<IBusControl>().CheckHealth().Status == BusHealthStatus.Healthy);

    /// <summary>Commits messages with one unit of work, as a request handler would.</summary>
    public static async Task CommitAsync(IHost host, Func<IPublishEndpoint, Task> publish)
    {
        await using var scope = host.Services.CreateAsyncScope();
        await publish(scope.ServiceProvider.GetRequiredService<IPublishEndpoint>());
        await scope.ServiceProvider.GetRequiredService<DurableDb>().SaveChangesAsync();
    }

    public async Task<long> CountAsync(string sql) => Convert.ToInt64(await Database.ScalarAsync(sql), null);

    public Task<long> OutboxAsync() => CountAsync("SELECT count(*) FROM durable.outbox");

    public Task<long> EffectsAsync(string text) => CountAsync($"SELECT count(*) FROM durable.effects WHERE text = '{text}'");

    private IHost Build(
        Action<IBusRegistrationConfigurator> bus,
        Action<IServiceCollection>? services,
        Action<OutboxConfigurator>? outbox,
        (string Key, string Value)[] settings)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Postgres"] = Database.Uri,
            ["ConnectionStrings:RabbitMq"] = Vhost.Uri,
            ["Postgres:MaxPoolSize"] = "20",
            ["Messaging:RetryIntervals:0"] = "00:00:00.020",
            ["Messaging:RedeliveryIntervals:0"] = "00:00:00.300",
        });
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole();
        builder.Services.AddDurabilitySchema(DurableDb.Schema);
        builder.Services.AddPostgresDbContext<DurableDb>();
        builder.Services.AddSingleton<Tries>();
        builder.Services.AddSluiceMessaging(x =>
        {
            bus(x);
            x.AddEntityFrameworkOutbox<DurableDb>(outbox);
        });
        services?.Invoke(builder.Services);
        return builder.Build();
    }
}
