using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Shouldly;
using Sluice.BatchStore;
using Sluice.BatchStore.Blobs;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.Durability.Postgres;
using Sluice.Durability.Schema;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.BatchStore;

/// <summary>The batch store over a database of its own, with instances as plain rows.</summary>
public sealed class BatchStoreFixture : IAsyncLifetime
{
    private PostgresDatabase? _database;
    private IHost? _host;

    public NpgsqlDataSource DataSource => Get<NpgsqlDataSource>();

    public IBlobStore Blobs => Get<IBlobStore>();

    public ShardLeases Leases => Get<ShardLeases>();

    public ResultPages Pages => Get<ResultPages>();

    public T Get<T>()
        where T : notnull => _host!.Services.GetRequiredService<T>();

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration["ConnectionStrings:Postgres"] = _database.Uri;
        builder.Services.AddDurabilitySchema(BatchStoreSchema.Name).AddBatchStore();
        _host = builder.Build();
        await _host.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        // Off the socket's thread that the test may be on: cancelling a query waits for a connection.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (_host is not null)
        {
            await _host.StopAsync();
            _host.Dispose();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    /// <summary>An unfenced instance row.</summary>
    public async Task<Guid> NewInstanceAsync()
    {
        var id = Guid.NewGuid();
        await ExecuteAsync("INSERT INTO scheduler.instances (id, service) VALUES (@id, 'test')", new { id });
        return id;
    }

    public Task FenceAsync(Guid instance) =>
        ExecuteAsync("UPDATE scheduler.instances SET fenced = true WHERE id = @instance", new { instance });

    public async Task ExecuteAsync(string sql, object? parameters = null)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, parameters);
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        return (await connection.ExecuteScalarAsync<T>(sql))!;
    }

    /// <summary>A batch with shards of 10 lines each; the blob does not exist.</summary>
    public async Task<Guid> NewBatchAsync(int shards)
    {
        var batch = Guid.CreateVersion7();
        await using var connection = await DataSource.OpenConnectionAsync();
        var epoch = (await ValidationTable.TakeAsync(connection, batch, "acme", null, default)).ShouldNotBeNull();
        var cuts = Enumerable.Range(0, shards).Select(n => new ShardCut(n, 1 + (n * 10), 10, n * 100, 100)).ToList();
        (await ShardTable.InsertAsync(connection, new(batch, Guid.NewGuid(), epoch), cuts, default)).ShouldBeTrue();
        return batch;
    }

    /// <summary>Dispatches one shard of the batch and takes it.</summary>
    public async Task<ShardLease> TakeOneAsync(Guid batch, Guid owner)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        var claimed = await ShardTable.ClaimReadyAsync(connection, batch, 1, ShardClass.Normal, default);
        var dispatched = claimed.ShouldHaveSingleItem();
        var lease = new ShardLease(new(batch, dispatched.No), dispatched.Epoch, owner);
        (await Leases.TakeAsync(lease, default)).Outcome.ShouldBe(TakeOutcome.Taken);
        return lease;
    }
}
