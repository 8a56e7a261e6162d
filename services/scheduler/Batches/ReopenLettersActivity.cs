using MassTransit;

namespace Sluice.Scheduler.Batches;

/// <summary>
/// Opens the dead letters whose replay a batch was, and whose lines it did not run, in the transaction of its end.
/// </summary>
internal sealed class ReopenLettersActivity(IBatchWork work) : IStateMachineActivity<BatchState>
{
    public void Probe(ProbeContext context) => context.CreateScope("reopen-letters");

    public void Accept(StateMachineVisitor visitor) => visitor.Visit(this);

    public async Task Execute(BehaviorContext<BatchState> context, IBehavior<BatchState> next)
    {
        await ReopenAsync(context);
        await next.Execute(context);
    }

    public async Task Execute<T>(BehaviorContext<BatchState, T> context, IBehavior<BatchState, T> next)
        where T : class
    {
        await ReopenAsync(context);
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

    private Task ReopenAsync(BehaviorContext<BatchState> context) => context.Saga.ReplayOf is null
        ? Task.CompletedTask
        : work.ReopenLettersAsync(context.Saga.CorrelationId, context.CancellationToken);
}
