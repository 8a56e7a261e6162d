using MassTransit;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Dispatch;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Batches;

/// <summary>Endpoint of the saga: short transitions, each one transaction with inbox and outbox.</summary>
internal sealed class BatchSagaDefinition : SagaDefinition<BatchState>
{
    private const int Concurrency = 16;

    private readonly WakeUp<DispatchLoop> _dispatch;

    public BatchSagaDefinition(WakeUp<DispatchLoop> dispatch)
    {
        _dispatch = dispatch;
        EndpointName = Queues.Saga;
        ConcurrentMessageLimit = Concurrency;
    }

    protected override void ConfigureSaga(
        IReceiveEndpointConfigurator endpointConfigurator, ISagaConfigurator<BatchState> sagaConfigurator,
        IRegistrationContext context)
    {
        // Outermost: what it announces is committed.
        endpointConfigurator.UseFilter(new DispatchAfterCommitFilter(_dispatch));
        endpointConfigurator.UseStandardPipeline<SchedulerDbContext>(context);
    }
}
