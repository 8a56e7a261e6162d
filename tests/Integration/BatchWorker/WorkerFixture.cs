using System.Text;
using System.Text.Json.Nodes;
using Dapper;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;
using Sluice.BatchStore.Blobs;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.BatchWorker;
using Sluice.BatchWorker.Shards;
using Sluice.Contracts.Shards;
using Sluice.Durability.Instances;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.BatchWorker;

/// <summary>Workers over a database and a vhost of their own; the test is the scheduler.</summary>
public sealed class WorkerFixture : IAsyncLifetime
{
    private readonly List<WebApplication> _workers = [];
    private PostgresDatabase? _database;
    private RabbitVhost? _vhost;
    private NpgsqlDataSource? _dataSource;

    public NpgsqlDataSource DataSource => _dataSource!;

    public PostgresDatabase Database => _database!;

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        _vhost = await RabbitVhost.CreateAsync();
        _dataSource = NpgsqlDataSource.Create(_database.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAllAsync();
        if (_dataSource is not null)
        {
            await _dataSource.DisposeAsync();
        }

        if (_vhost is not null)
        {
            await _vhost.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    public async Task<WebApplication> StartWorkerAsync(params string[] settings)
    {
        var worker = BatchWorkerHost.Build(
        [
            "--Internal:Url=http://127.0.0.1:0",
            $"--ConnectionStrings:Postgres={_database!.Uri}",
            $"--ConnectionStrings:RabbitMq={_vhost!.Uri}",
            "--Worker:RetryDelay=00:00:00.010",
            "--Postgres:MaxPoolSize=10",
            .. settings,
        ]);
        _workers.Add(worker);
        await worker.StartAsync();

        // What is published before the queue is bound goes nowhere.
        await worker.Services.GetRequiredService<IBusControl>()
            .WaitForHealthStatus(BusHealthStatus.Healthy, Eventually.Patience);
        return worker;
    }

    /// <summary>Stops a worker as SIGTERM does.</summary>
    public async Task StopWorkerAsync(WebApplication worker)
    {
        _workers.Remove(worker);

        // Off the socket's thread that the test may be on: cancelling a query waits for a connection.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await worker.StopAsync();
        await worker.DisposeAsync();
    }

    /// <summary>After each test, so that no worker of a failed one takes the shards of the next.</summary>
    public async Task StopAllAsync()
    {
        foreach (var worker in _workers.ToList())
        {
            await StopWorkerAsync(worker);
        }
    }

    /// <summary>Waits until the worker holds no shard.</summary>
    public static Task UntilIdleAsync(WebApplication worker) => Eventually.Until(
        "the worker holds no shard", () => worker.Services.GetRequiredService<RunningShards>().All.Count == 0);

    public static Guid InstanceOf(WebApplication worker) =>
        worker.Services.GetRequiredService<IInstances>().Current.Id;

    /// <summary>
    /// A batch over these lines, cut into shards of so many lines; the first lines get a blank one between.
    /// </summary>
    public async Task<Guid> NewBatchAsync(WebApplication worker, IReadOnlyList<string> lines, int linesPerShard)
    {
        var text = lines.Select(line => Encoding.UTF8.GetBytes(line + "\n")).ToList();
        var blob = await worker.Services.GetRequiredService<IBlobStore>().WriteAsync(
            new MemoryStream([.. text.SelectMany(bytes => bytes)]), long.MaxValue, default);
        var cuts = new List<ShardCut>();
        var offset = 0L;
        for (var first = 0; first < lines.Count; first += linesPerShard)
        {
            var count = Math.Min(linesPerShard, lines.Count - first);
            var length = text.Skip(first).Take(count).Sum(bytes => (long)bytes.Length);
            cuts.Add(new(cuts.Count, first + 1, count, offset, length));
            offset += length;
        }

        var batch = Guid.CreateVersion7();
        await using var connection = await DataSource.OpenConnectionAsync();
        var epoch = (await ValidationTable.TakeAsync(connection, batch, "acme", null, default)).ShouldNotBeNull();
        (await ShardTable.InsertAsync(connection, new(batch, blob.Id, epoch), cuts, default)).ShouldBeTrue();
        return batch;
    }

    /// <summary>One dispatch round for the batch. Returns how many shards were sent.</summary>
    public async Task<int> DispatchAsync(WebApplication worker, Guid batch, int limit = 100)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        var shards = await ShardTable.ClaimReadyAsync(connection, batch, limit, ShardClass.Normal, default);
        foreach (var shard in shards)
        {
            await SendAsync(worker, new(new(batch, shard.No), shard.Epoch, Guid.Empty));
        }

        return shards.Count;
    }

    /// <summary>Takes the batch's first ready shard as an instance that is no process.</summary>
    public async Task<ShardLease> TakeForeignAsync(Guid batch)
    {
        var owner = Guid.NewGuid();
        await using var connection = await DataSource.OpenConnectionAsync();
        await connection.ExecuteAsync(
            "INSERT INTO scheduler.instances (id, service) VALUES (@owner, 'test')", new { owner });
        var shard = (await ShardTable.ClaimReadyAsync(connection, batch, 1, ShardClass.Normal, default)).Single();
        var lease = new ShardLease(new(batch, shard.No), shard.Epoch, owner);
        (await new ShardLeases(DataSource).TakeAsync(lease, default)).Outcome.ShouldBe(TakeOutcome.Taken);
        return lease;
    }

    /// <summary>What the scheduler does when a client pauses the batch, or resumes it.</summary>
    public async Task PauseAsync(Guid batch, bool paused)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        await ValidationTable.PauseAsync(connection, batch, paused, default);
    }

    /// <summary>What the scheduler does when it sees that the owner is dead.</summary>
    public async Task TakeBackAsync(ShardLease lease)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        (await ShardTable.ResetOwnersAsync(connection, [lease.Owner], default)).ShouldBe(1);
    }

    public static async Task SendAsync(
        WebApplication worker, ShardLease shard, ShardClass shardClass = ShardClass.Normal)
    {
        var queue = await worker.Services.GetRequiredService<IBus>().GetSendEndpoint(
            new Uri("exchange:" + shardClass.Queue()));
        await queue.Send(new RunShard
        {
            BatchId = shard.Key.BatchId,
            ShardNo = shard.Key.No,
            Epoch = shard.Epoch,
            Class = (int)shardClass,
        });
    }

    /// <summary>Dispatches whatever becomes ready until nothing is open.</summary>
    public Task UntilDoneAsync(WebApplication worker, Guid batch, TimeSpan? patience = null) =>
        Eventually.Until(
            "the batch has no open shard",
            async () =>
            {
                await DispatchAsync(worker, batch);
                return (await TotalsAsync(batch)).Open == 0;
            },
            patience);

    public async Task<ShardTotals> TotalsAsync(Guid batch)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        return (await ShardTable.TotalsAsync(connection, [batch], default))[batch];
    }

    public async Task<(ShardState State, int Epoch, bool Suspect)> ShardAsync(Guid batch, int no)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        var row = await connection.QuerySingleAsync<(short State, int Epoch, bool Suspect)>(
            "SELECT state, epoch, suspect FROM scheduler.shards WHERE batch_id = @batch AND no = @no",
            new { batch, no });
        return ((ShardState)row.State, row.Epoch, row.Suspect);
    }

    public async Task<IReadOnlyList<ResultText>> ResultsAsync(Guid batch, ResultKind kind) =>
        [.. (await LinesAsync(batch, kind)).Select(ResultText.Parse)];

    public async Task<IReadOnlyList<JsonNode>> RawResultsAsync(Guid batch, ResultKind kind) =>
        [.. (await LinesAsync(batch, kind)).Select(line => JsonNode.Parse(line)!)];

    private async Task<IReadOnlyList<string>> LinesAsync(Guid batch, ResultKind kind)
    {
        await using var stream = new ResultPages(DataSource).OpenRead(batch, kind);
        using var reader = new StreamReader(stream);
        return (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public Task ExecuteAsync(string sql) => _database!.ExecuteAsync(sql);
}
