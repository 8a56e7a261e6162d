using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Sluice.Durability.Outbox;
using Sluice.Durability.Postgres;
using Sluice.Durability.Schema;
using Sluice.LocalCluster.Servers;
using Sluice.TestKit;

namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>A database and a vhost of their own, and any number of hosts on them.</summary>
internal sealed class DurableCluster : IAsyncDisposable
{
    private readonly List<IHost> _hosts = [];

    public PostgresDatabase Database { get; private set; } = null!;

    public RabbitVhost Vhost { get; private set; } = null!;

    /// <param name="broker">A private broker instead of the shared one.</param>
    public async ValueTask InitializeAsync(ClusterServers? broker = null)
    {
        Database = await PostgresDatabase.CreateAsync();
        Vhost = await RabbitVhost.CreateAsync(broker?.RabbitMqUri, broker?.RabbitMqManagementUri);
        await Database.ExecuteAsync(DurableDb.Sql);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_hosts.Select(host => host.StopAsync()));
        _hosts.ForEach(host => host.Dispose());
        await Vhost.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>Starts a host with outbox, consumers and counter saga, unless told otherwise.</summary>
    public async Task<IHost> StartAsync(
        Action<IBusRegistrationConfigurator>? bus = null,
        Action<IServiceCollection>? services = null,
        Action<OutboxConfigurator>? outbox = null,
        params (string Key, string Value)[] settings)
    {
        var host = Build(settings, collection =>
        {
            collection.AddPostgresDbContext<DurableDb>();
            collection.AddSluiceMessaging(x =>
            {
                (bus ?? AddConsumers)(x);
                x.AddEntityFrameworkOutbox<DurableDb>(outbox);
            });
            services?.Invoke(collection);
        });
        await host.StartAsync();
        await ReadyAsync(host);
        return host;
    }

    /// <summary>A host with the library's tables and what is given; without a bus.</summary>
    public IHost Build((string Key, string Value)[] settings, Action<IServiceCollection> services)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ConnectionStrings:Postgres"] = Database.Uri,
            ["ConnectionStrings:RabbitMq"] = Vhost.Uri,
            ["Postgres:MaxPoolSize"] = "20",
            ["Messaging:RetryIntervals:0"] = "00:00:00.020",
            ["Messaging:RedeliveryIntervals:0"] = "00:00:00.300",
        });
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Logging.SetMinimumLevel(LogLevel.Error).AddConsole();
        builder.Services.AddDurabilitySchema(DurableDb.Schema);
        builder.Services.AddSingleton<Tries>();
        services(builder.Services);
        var host = builder.Build();
        _hosts.Add(host);
        return host;
    }

    /// <summary>Stops a host before the others, as SIGTERM does.</summary>
    public async Task StopAsync(IHost host)
    {
        _hosts.Remove(host);
        await host.StopAsync();
        host.Dispose();
    }

    public static void AddConsumers(IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<EffectConsumer, EffectConsumerDefinition>();
        bus.AddConsumer<WrittenConsumer>();
        bus.AddConsumer<AskConsumer, AskConsumerDefinition>();
        bus.AddSagaStateMachine<CounterMachine, Counter, CounterDefinition>()
            .EntityFrameworkRepository(r => r.ExistingDbContext<DurableDb>());
    }

    public static void AddNoConsumers(IBusRegistrationConfigurator bus)
    {
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

    /// <summary>Commits messages to one address.</summary>
    public static async Task SendAsync<T>(IHost host, string address, params IReadOnlyList<T> messages)
        where T : class
    {
        await using var scope = host.Services.CreateAsyncScope();
        var endpoint = await scope.ServiceProvider.GetRequiredService<ISendEndpointProvider>()
            .GetSendEndpoint(new Uri(address));
        foreach (var message in messages)
        {
            await endpoint.Send(message);
        }

        await scope.ServiceProvider.GetRequiredService<DurableDb>().SaveChangesAsync();
    }

    public static Tries Tries(IHost host) => host.Services.GetRequiredService<Tries>();

    public static OutboxMetrics Metrics(IHost host) => host.Services.GetRequiredService<OutboxMetrics>();

    public async Task<long> CountAsync(string sql) => Convert.ToInt64(await Database.ScalarAsync(sql));

    public Task<long> OutboxAsync() => CountAsync("SELECT count(*) FROM durable.outbox");

    public Task<long> DeadAsync() => CountAsync("SELECT count(*) FROM durable.outbox_dead");

    public Task<long> EffectsAsync(string text) =>
        CountAsync($"SELECT count(*) FROM durable.effects WHERE text = '{text}'");

    public Task<long> CounterAsync(Guid id, string column = "count") =>
        CountAsync($"SELECT {column} FROM durable.counters WHERE correlation_id = '{id}'");

    public Task EmptyAsync() => Eventually.Until("the outbox is empty", async () => await OutboxAsync() == 0);

    public Task WrittenAsync(string text, int count = 1) => Eventually.Until(
        $"{count} effects {text} are written", async () => await EffectsAsync(text) == count);

    /// <summary>A connection without the time limits of a host's.</summary>
    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(Database.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }
}
