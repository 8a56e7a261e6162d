using MassTransit;
using Sluice.Scheduler.Dispatch;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Batches;

/// <summary>
/// Wakes a dispatch round after each transition of this process: a new batch need not wait for the poll.
/// </summary>
internal sealed class DispatchAfterCommitFilter(WakeUp<DispatchLoop> dispatch) : IFilter<ConsumeContext>
{
    public void Probe(ProbeContext context) => context.CreateFilterScope("dispatchAfterCommit");

    public async Task Send(ConsumeContext context, IPipe<ConsumeContext> next)
    {
        await next.Send(context);
        dispatch.Set();
    }
}
