using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Shouldly;
using Sluice.Durability.Instances;
using Sluice.TestKit;
using Sluice.Tests.Integration.Durability.Sample;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>Who owns work is decided by observed counters and by fencing, never by a clock's time of day.</summary>
public sealed class InstanceTests : DurableTest
{
    private static readonly (string, string)[] Quick =
        [("Instances:RenewEvery", "00:00:00.050"), ("Instances:Lease", "00:00:00.600")];

    [Fact]
    public async Task Instances_that_move_their_counters_are_alive_for_each_other()
    {
        var (first, second) = (await StartAsync(Quick), await StartAsync(Quick));
        var (one, two) = (Current(first), Current(second));

        await Eventually.Until("each has renewed twenty times", async () =>
            await Cluster.CountAsync("SELECT min(renewals) FROM durable.instances") >= 20);

        Watch(first).Alive.ShouldBe([one, two], ignoreOrder: true);
        Watch(second).Alive.ShouldBe([one, two], ignoreOrder: true);
        Watch(first).Dead.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_counter_that_stands_still_for_a_lease_is_observed_dead()
    {
        var host = await StartAsync(Quick);
        var silent = await AddSilentAsync();
        await Eventually.Until("it is seen", () => Watch(host).Alive.Contains(silent));

        await Eventually.Until("it is dead", () => Watch(host).Dead.Contains(silent));

        Watch(host).Alive.ShouldBe([Current(host)]);
    }

    [Fact]
    public async Task A_fenced_instance_writes_nothing_and_goes_on_as_a_new_incarnation()
    {
        var host = await StartAsync();
        var fenced = Instances(host).Current;
        await using var connection = await Cluster.ConnectAsync();
        (await WriteAsync(connection, fenced.Id, "before")).ShouldBe(1);

        await Instances(await StartAsync()).FenceAsync(fenced.Id, default);

        (await WriteAsync(connection, fenced.Id, "after")).ShouldBe(0);
        (await Instances(host).CheckAsync(default)).ShouldBeFalse();
        await Eventually.Until("it knows", () => fenced.Lost.IsCancellationRequested);
        Current(host).ShouldNotBe(fenced.Id);
        (await Instances(host).CheckAsync(default)).ShouldBeTrue();
        (await WriteAsync(connection, Current(host), "anew")).ShouldBe(1);
    }

    [Fact]
    public async Task A_fenced_instance_finds_out_by_itself()
    {
        var host = await StartAsync(Quick);
        var fenced = Instances(host).Current;

        await Cluster.Database.ExecuteAsync("UPDATE durable.instances SET fenced = true");

        await Eventually.Until("it has another id", () => Current(host) != fenced.Id);
        await Eventually.Until("its work is told", () => fenced.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_process_that_was_frozen_wakes_up_fenced()
    {
        var (observer, frozen) = (await StartAsync(Quick), await StartAsync(Quick));
        var lease = Instances(frozen).Current;
        await Eventually.Until("it is seen", () => Watch(observer).Alive.Contains(lease.Id));

        // Its renewals wait for this lock, as they would not happen in a frozen process.
        await using var connection = await Cluster.ConnectAsync();
        await using (var freeze = await connection.BeginTransactionAsync())
        {
            await ExecuteAsync(connection, $"SELECT 1 FROM durable.instances WHERE id = '{lease.Id}' FOR UPDATE");
            await Eventually.Until("it is dead", () => Watch(observer).Dead.Contains(lease.Id));
        }

        await Instances(observer).FenceAsync(lease.Id, default);

        (await WriteAsync(connection, lease.Id, "late")).ShouldBe(0);
        await Eventually.Until("its work is told", () => lease.Lost.IsCancellationRequested);
        await Eventually.Until("it has another id", () => Current(frozen) != lease.Id);
    }

    [Fact]
    public async Task An_outage_of_the_database_takes_nobodys_work()
    {
        var server = new Uri(Cluster.Database.Uri);
        await using var proxy = FaultProxy.To(server.Host, server.Port);
        var time = new JumpingTime();
        var host = await StartAsync(
            time,
            ("ConnectionStrings:Postgres", new UriBuilder(server) { Port = proxy.Port }.Uri.ToString()),
            ("Instances:RenewEvery", "00:00:00.050"), ("Instances:Lease", "00:01:00"));
        var own = Instances(host).Current;
        var silent = await AddSilentAsync();
        await Eventually.Until("it is seen", () => Watch(host).Alive.Contains(silent));

        proxy.CutAfter(0);
        await RenewedAsync(own.Id, times: 0);
        time.Jump(TimeSpan.FromMinutes(10));
        proxy.CutAfter(long.MaxValue);
        await RenewedAsync(own.Id, times: 5);

        Watch(host).Dead.ShouldBeEmpty();
        Watch(host).Alive.ShouldBe([own.Id, silent], ignoreOrder: true);
        own.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task A_stopped_host_fences_itself()
    {
        var host = await StartAsync();
        var lease = Instances(host).Current;

        await Cluster.StopAsync(host);

        lease.Lost.IsCancellationRequested.ShouldBeTrue();
        (await Cluster.CountAsync($"SELECT count(*) FROM durable.instances WHERE id = '{lease.Id}' AND fenced"))
            .ShouldBe(1);
    }

    [Fact]
    public async Task Fenced_rows_are_forgotten_after_their_retention_and_silent_ones_are_fenced_first()
    {
        var host = await StartAsync([.. Quick, ("Instances:Retention", "00:00:01")]);
        var (silent, fenced) = (await AddSilentAsync(), await AddSilentAsync());

        await Instances(host).FenceAsync(fenced, default);

        await Eventually.Until("it is gone", async () =>
            await Cluster.CountAsync($"SELECT count(*) FROM durable.instances WHERE id = '{fenced}'") == 0);
        await Eventually.Until("the silent one, which owned nothing, is fenced", async () =>
            await Cluster.CountAsync($"SELECT count(*) FROM durable.instances WHERE id = '{silent}' AND fenced") == 1);
        await Eventually.Until("it is gone as well", async () =>
            await Cluster.CountAsync($"SELECT count(*) FROM durable.instances WHERE id = '{silent}'") == 0);
    }

    private Task<IHost> StartAsync(params (string Key, string Value)[] settings) =>
        StartAsync(TimeProvider.System, settings);

    private async Task<IHost> StartAsync(TimeProvider time, params (string Key, string Value)[] settings)
    {
        var host = Cluster.Build(settings, services =>
        {
            services.AddSingleton(time);
            services.AddInstances("test", DurableDb.Schema);
        });
        await host.StartAsync();
        return host;
    }

    /// <summary>An instance without a process.</summary>
    private async Task<Guid> AddSilentAsync()
    {
        var id = Guid.NewGuid();
        await Cluster.Database.ExecuteAsync($"INSERT INTO durable.instances (id, service) VALUES ('{id}', 'silent')");
        return id;
    }

    /// <summary>Waits until the counter has moved so often; zero times: until it stands still.</summary>
    private async Task RenewedAsync(Guid id, int times)
    {
        var (before, same) = (-1L, 0);
        await Eventually.Until($"it has renewed {times} times", async () =>
        {
            var now = await Cluster.CountAsync($"SELECT renewals FROM durable.instances WHERE id = '{id}'");
            if (times > 0)
            {
                before = before < 0 ? now : before;
                return now >= before + times;
            }

            same = now == before ? same + 1 : 0;
            before = now;
            return same == 10;
        });
    }

    private static IInstances Instances(IHost host) => host.Services.GetRequiredService<IInstances>();

    private static IInstanceWatch Watch(IHost host) => host.Services.GetRequiredService<IInstanceWatch>();

    private static Guid Current(IHost host) => Instances(host).Current.Id;

    private static Task<int> WriteAsync(NpgsqlConnection connection, Guid instance, string text) =>
        ExecuteAsync(connection, GuardedWrite.Sql(instance, text));

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }
}
