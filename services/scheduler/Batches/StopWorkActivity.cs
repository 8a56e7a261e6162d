using MassTransit;

namespace Sluice.Scheduler.Batches;

/// <summary>Stops the work of a batch in the transaction of the saga's transition.</summary>
internal sealed class StopWorkActivity(IBatchWork work) : IStateMachineActivity<BatchState>
{
    public void Probe(ProbeContext context) => context.CreateScope("stop-work");

    public void Accept(StateMachineVisitor visitor) => visitor.Visit(this);

    public async Task Execute(BehaviorContext<BatchState> context, IBehavior<BatchState> next)
    {
        await work.StopAsync(context.Saga.CorrelationId, context.CancellationToken);
        await next.Execute(context);
    }

    public async Task Execute<T>(BehaviorContext<BatchState, T> context, IBehavior<BatchState, T> next)
        where T : class
    {
        await work.StopAsync(context.Saga.CorrelationId, context.CancellationToken);
        await next.Execute(context);
    }

    public Task Faulted<TException>(
        BehaviorExceptionContext<BatchState, TException> context, IBehavior<BatchState> next)
        where TException : Exception =>
        next.Faulted(context);

    public Task Faulted<T, TException>(
        BehaviorExceptionContext<BatchState, T, TException> context, IBehavior<BatchState, T> next)
        where T : class
        where TException : Exception =>
        next.Faulted(context);
}
