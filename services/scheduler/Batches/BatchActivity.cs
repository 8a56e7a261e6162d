using MassTransit;

namespace Sluice.Scheduler.Batches;

/// <summary>What a transition of <see cref="BatchStateMachine"/> does in its transaction, whatever caused it.</summary>
/// <param name="name">As probes show it.</param>
internal abstract class BatchActivity(string name) : IStateMachineActivity<BatchState>
{
    public void Probe(ProbeContext context) => context.CreateScope(name);

    public void Accept(StateMachineVisitor visitor) => visitor.Visit(this);

    public async Task Execute(BehaviorContext<BatchState> context, IBehavior<BatchState> next)
    {
        await RunAsync(context.Saga, context.CancellationToken);
        await next.Execute(context);
    }

    public async Task Execute<T>(BehaviorContext<BatchState, T> context, IBehavior<BatchState, T> next)
        where T : class
    {
        await RunAsync(context.Saga, context.CancellationToken);
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

    protected abstract Task RunAsync(BatchState batch, CancellationToken cancellationToken);
}
