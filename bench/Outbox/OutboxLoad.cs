using System.Diagnostics;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Sluice.Bench.Outbox;

/// <summary>
/// The same messages on both ways, each in messages per second until the broker has confirmed the last.
/// </summary>
internal sealed class OutboxLoad(IServiceProvider services, OutboxBenchSettings settings)
{
    // As many as the relay has out at one time: Outbox:BatchSize × Outbox:Lanes.
    private const int Window = 2000;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(2);

    /// <summary>Published directly, a window of them unconfirmed at one time.</summary>
    public async Task<double> PlainAsync(CancellationToken cancellationToken)
    {
        var bus = services.GetRequiredService<IBus>();
        var next = -1;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Window).Select(_ => PublishAsync()));
        return settings.Messages / Stopwatch.GetElapsedTime(started).TotalSeconds;

        async Task PublishAsync()
        {
            for (int no; (no = Interlocked.Increment(ref next)) < settings.Messages;)
            {
                await bus.Publish(Message(no), cancellationToken);
            }
        }
    }

    /// <summary>Committed in transactions, relayed meanwhile, until the outbox is empty.</summary>
    public async Task<double> OutboxAsync(CancellationToken cancellationToken)
    {
        var next = -1;
        var commits = settings.Messages / settings.PerCommit;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, settings.Writers).Select(_ => Task.Run(WriteAsync, cancellationToken)));
        await EmptyAsync(cancellationToken);
        return commits * settings.PerCommit / Stopwatch.GetElapsedTime(started).TotalSeconds;

        async Task WriteAsync()
        {
            for (int no; (no = Interlocked.Increment(ref next)) < commits;)
            {
                await CommitAsync(no, cancellationToken);
            }
        }
    }

    private async Task CommitAsync(int commit, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        var publish = scope.ServiceProvider.GetRequiredService<IPublishEndpoint>();
        for (var i = 0; i < settings.PerCommit; i++)
        {
            await publish.Publish(Message((commit * settings.PerCommit) + i), cancellationToken);
        }

        await scope.ServiceProvider.GetRequiredService<BenchDb>().SaveChangesAsync(cancellationToken);
    }

    private async Task EmptyAsync(CancellationToken cancellationToken)
    {
        await using var command = services.GetRequiredService<NpgsqlDataSource>()
            .CreateCommand($"SELECT EXISTS (SELECT FROM {BenchDb.Schema}.outbox)");
        while (await command.ExecuteScalarAsync(cancellationToken) is true)
        {
            await Task.Delay(LookEvery, cancellationToken);
        }
    }

    private static BenchMessage Message(int no) => new() { BatchId = Guid.CreateVersion7(), ShardNo = no, Epoch = 1 };
}
