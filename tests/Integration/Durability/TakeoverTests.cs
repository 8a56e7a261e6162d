using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Shouldly;
using Sluice.Durability.Instances;
using Sluice.TestKit;
using Sluice.Tests.Integration.Durability.Sample;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>Fencing meets a write of the old owner at every point of its way.</summary>
public sealed class TakeoverTests : DurableTest
{
    [Fact]
    public async Task Fencing_waits_for_a_write_that_is_held_open_between_its_snapshot_and_its_commit()
    {
        var (owner, taker) = (await StartAsync(), await StartAsync());
        await using var brake = await Cluster.ConnectAsync();
        await ExecuteAsync(brake, "SELECT pg_advisory_lock(1)");
        await using var connection = await Cluster.ConnectAsync();
        var write = ExecuteAsync(connection, GuardedWrite.Sql(owner.Id, "held", held: true));
        await WaitingAsync(1);

        var fence = taker.FenceAsync(owner.Id, default);
        await WaitingAsync(2);
        fence.IsCompleted.ShouldBeFalse();
        await ExecuteAsync(brake, "SELECT pg_advisory_unlock(1)");
        await fence;

        // Whoever has fenced reads all that the old owner has ever written.
        (await Cluster.EffectsAsync("held")).ShouldBe(1);
        (await write).ShouldBe(1);
        (await ExecuteAsync(connection, GuardedWrite.Sql(owner.Id, "late"))).ShouldBe(0);
    }

    [Fact]
    public async Task A_write_whose_snapshot_is_older_than_the_fence_is_refused()
    {
        var owner = await StartAsync();
        await using var fencing = await Cluster.ConnectAsync();
        await using var transaction = await fencing.BeginTransactionAsync();
        await ExecuteAsync(fencing, $"UPDATE durable.instances SET fenced = true WHERE id = '{owner.Id}'");
        await using var connection = await Cluster.ConnectAsync();
        var write = ExecuteAsync(connection, GuardedWrite.Sql(owner.Id, "refused"));
        await WaitingAsync(1);

        await transaction.CommitAsync();

        (await write).ShouldBe(0);
        (await Cluster.EffectsAsync("refused")).ShouldBe(0);
    }

    [Fact]
    public async Task A_frozen_writer_holds_up_fencing_no_longer_than_its_time_limit()
    {
        var (owner, taker) = (await StartAsync(), await StartAsync());
        var pool = owner.Services.GetRequiredService<NpgsqlDataSource>();
        await using var frozen = await pool.OpenConnectionAsync();
        await using var transaction = await frozen.BeginTransactionAsync();
        (await ExecuteAsync(frozen, GuardedWrite.Sql(owner.Id, "frozen"))).ShouldBe(1);

        await taker.FenceAsync(owner.Id, default);

        await Should.ThrowAsync<Exception>(() => transaction.CommitAsync());
        (await Cluster.EffectsAsync("frozen")).ShouldBe(0);
    }

    [Fact]
    public async Task Two_that_fence_the_same_instance_both_succeed()
    {
        var (owner, first, second) = (await StartAsync(), await StartAsync(), await StartAsync());

        await Task.WhenAll(
            first.FenceAsync(owner.Id, default), second.FenceAsync(owner.Id, default));

        await using var connection = await Cluster.ConnectAsync();
        (await ExecuteAsync(connection, GuardedWrite.Sql(owner.Id, "late"))).ShouldBe(0);
    }

    /// <summary>Renews so seldom that nothing else moves the rows.</summary>
    private async Task<Owner> StartAsync()
    {
        var host = Cluster.Build(
            [
                ("Instances:RenewEvery", "00:00:10"), ("Instances:Lease", "00:02:00"),
                ("Postgres:IdleInTransactionTimeout", "00:00:00.500"),
            ],
            services => services.AddInstances("test", DurableDb.Schema));
        await host.StartAsync();
        return new Owner(host.Services);
    }

    private Task WaitingAsync(int count) => Eventually.Until($"{count} statements wait for a lock", async () =>
        await Cluster.CountAsync("""
            SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
            """) == count);

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }

    private sealed record Owner(IServiceProvider Services)
    {
        private readonly IInstances _instances = Services.GetRequiredService<IInstances>();

        /// <summary>As of its start.</summary>
        public Guid Id { get; } = Services.GetRequiredService<IInstances>().Current.Id;

        public Task FenceAsync(Guid id, CancellationToken token) => _instances.FenceAsync(id, token);
    }
}
