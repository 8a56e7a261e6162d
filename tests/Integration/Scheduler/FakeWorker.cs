using System.Collections.Concurrent;
using System.Text;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sluice.BatchStore;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.Contracts.Shards;
using Sluice.Durability.Instances;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>
/// A worker's role without models: takes the shards it is sent and answers their lines, or holds them until told. Every
/// tenth line fails.
/// </summary>
internal sealed class FakeWorker : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Guid, RunShard> _messages = new();
    private readonly ConcurrentQueue<(DateTime At, RunShard Message)> _sent = new();
    private IHost? _host;

    /// <summary>Shards taken, in order.</summary>
    public ConcurrentQueue<RunShard> Taken { get; } = new();

    /// <summary>
    /// Messages that were sent to it, also those that were of no use. One that is delivered or tried again is the same.
    /// </summary>
    public ConcurrentQueue<RunShard> Received { get; } = new();

    /// <summary>What was received, in the order in which it was sent: each class has a queue of its own.</summary>
    public IEnumerable<RunShard> Sent => _sent.OrderBy(pair => pair.At).Select(pair => pair.Message);

    /// <summary>While set, shards are taken and not run.</summary>
    public bool Holds { get; set; }

    /// <summary>Lines of each shard that are run before it is held; null for all.</summary>
    public int? OnlyLines { get; set; }

    public IInstances Instances => _host!.Services.GetRequiredService<IInstances>();

    public static async Task<FakeWorker> StartAsync(SchedulerFixture scheduler, bool holds = false)
    {
        var worker = new FakeWorker { Holds = holds };
        var builder = Host.CreateEmptyApplicationBuilder(new() { EnvironmentName = "Development" });
        builder.Configuration.AddCommandLine([.. scheduler.Connections()]);
        builder.Services.AddSingleton(worker);
        builder.Services.AddBatchStore();
        builder.Services.AddInstances("batch-worker", BatchStoreSchema.Name);
        builder.Services.AddSluiceMessaging(
            bus => bus.AddConsumer<RunShardConsumer>().ExcludeFromConfigureEndpoints(),
            (context, rabbit) =>
            {
                foreach (var shardClass in ShardClasses.All)
                {
                    rabbit.WorkQueue(
                        context, shardClass.Queue(), queue => queue.ConfigureConsumer<RunShardConsumer>(context));
                }
            });
        worker._host = builder.Build();
        await worker._host.StartAsync();
        return worker;
    }

    /// <summary>Answers lines of a shard that it holds; the last page ends it.</summary>
    public async Task<bool> RunAsync(ShardLease lease, ShardRange range, int lines, bool last, int page = 0)
    {
        var pages = _host!.Services.GetRequiredService<ResultPages>();
        var (output, error) = (new StringBuilder(), new StringBuilder());
        var (good, bad) = (new List<int>(), new List<int>());
        foreach (var line in Enumerable.Range((int)range.FirstLine + (page * lines), lines))
        {
            var failed = line % 10 == 0;
            (failed ? bad : good).Add(line);
            (failed ? error : output).Append(
                $$"""{"id":"batch_req_{{line}}","custom_id":"line-{{line}}"}""").Append('\n');
        }

        return await pages.AppendAsync(
            lease,
            new()
            {
                No = page,
                OutputLines = [.. good],
                Output = Encoding.UTF8.GetBytes(output.ToString()),
                ErrorLines = [.. bad],
                Error = Encoding.UTF8.GetBytes(error.ToString()),
                PromptTokens = lines * 3,
                CompletionTokens = lines * 5,
                Last = last,
            },
            default);
    }

    /// <summary>Whether a renewal calls the batch paused, once for each shard of it that this holds.</summary>
    public async Task<IEnumerable<bool>> IsPausedAsync(Guid batch) =>
        (await _host!.Services.GetRequiredService<ShardLeases>().RenewAsync(Instances.Current.Id, default))
        .Where(shard => shard.Key.BatchId == batch).Select(shard => shard.IsPaused);

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync();
            _host.Dispose();
        }
    }

    private sealed class RunShardConsumer(FakeWorker worker, ShardLeases leases) : IConsumer<RunShard>
    {
        public async Task Consume(ConsumeContext<RunShard> context)
        {
            var message = context.Message;
            if (worker._messages.TryAdd(context.MessageId!.Value, message))
            {
                worker.Received.Enqueue(message);
                worker._sent.Enqueue((context.SentTime!.Value, message));
            }

            var lease = new ShardLease(
                new(message.BatchId, message.ShardNo), message.Epoch, worker.Instances.Current.Id);
            if ((await leases.TakeAsync(lease, context.CancellationToken)).Range is not { } range)
            {
                return;
            }

            worker.Taken.Enqueue(message);
            if (worker.OnlyLines is { } some)
            {
                await worker.RunAsync(lease, range, some, last: false);
            }
            else if (!worker.Holds)
            {
                await worker.RunAsync(lease, range, range.Lines, last: true);
                await context.Publish(
                    new ShardEnded { BatchId = message.BatchId, ShardNo = message.ShardNo }, context.CancellationToken);
            }
        }
    }
}
