using MassTransit;
using Microsoft.Extensions.Options;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// Queue <c>batch-shards</c>. No inbox: a shard is idempotent by its epoch, in many short transactions.
/// </summary>
internal sealed class RunShardConsumerDefinition : ConsumerDefinition<RunShardConsumer>
{
    private readonly int _shards;

    public RunShardConsumerDefinition(IOptions<WorkerOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _shards = options.Value.ConcurrentShards;
        EndpointName = "batch-shards";
    }

    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator,
        IConsumerConfigurator<RunShardConsumer> consumerConfigurator,
        IRegistrationContext context)
    {
        ArgumentNullException.ThrowIfNull(endpointConfigurator);

        // One more than run here would wait while another worker is idle.
        endpointConfigurator.PrefetchCount = _shards;
        endpointConfigurator.ConcurrentMessageLimit = _shards;

        // Errors of a shard's run are dealt with there; only a take that fails comes here.
        endpointConfigurator.UseStandardPipeline(context);
    }
}
