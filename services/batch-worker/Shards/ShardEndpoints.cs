using MassTransit;
using Microsoft.Extensions.Options;
using Sluice.BatchStore.Shards;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// The queues <c>batch-shards-critical</c> to <c>batch-shards-low</c>, each with slots of its own: a shard never waits
/// behind running ones of a lower class. No inbox: a shard is idempotent by its epoch, in many short transactions.
/// </summary>
internal static class ShardEndpoints
{
    public static void Configure(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit)
    {
        var shards = context.GetRequiredService<IOptions<WorkerOptions>>().Value.ConcurrentShards;
        foreach (var shardClass in ShardClasses.All)
        {
            rabbit.WorkQueue(context, shardClass.Queue(), endpoint =>
            {
                // One more than run here would wait while another worker is idle.
                endpoint.PrefetchCount = shards;
                endpoint.ConcurrentMessageLimit = shards;

                // Errors of a shard's run are dealt with there; only a take that fails comes here.
                endpoint.UseStandardPipeline(context);
                endpoint.ConfigureConsumer<RunShardConsumer>(context);
            });
        }
    }
}
