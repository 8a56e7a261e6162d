using MassTransit;
using Sluice.Contracts.Batches;
using Sluice.Scheduler.Hosting;

namespace Sluice.Scheduler.Batches;

/// <summary>What the transitions of <see cref="BatchStateMachine"/> do, as verbs.</summary>
internal static class BatchTransitions
{
    public static EventActivityBinder<BatchState, BatchValidated> StartWork(
        this EventActivityBinder<BatchState, BatchValidated> binder, TimeProvider time) =>
        binder.Then(context =>
        {
            context.Saga.InProgressAt = time.GetUtcNow();
            context.Saga.TotalLines = context.Message.Lines;
        });

    public static EventActivityBinder<BatchState, BatchRejected> RecordRejection(
        this EventActivityBinder<BatchState, BatchRejected> binder, TimeProvider time) =>
        binder.Then(context =>
        {
            context.Saga.FailedAt = time.GetUtcNow();
            context.Saga.InputErrors = context.Message.Errors;
        });

    public static EventActivityBinder<BatchState, AllShardsDone> RecordFinalizing(
        this EventActivityBinder<BatchState, AllShardsDone> binder, TimeProvider time) =>
        binder.Then(context => context.Saga.FinalizingAt = time.GetUtcNow());

    /// <summary>The API has set the time already; a command from elsewhere may not have.</summary>
    public static EventActivityBinder<BatchState, CancelBatch> RecordCancelRequest(
        this EventActivityBinder<BatchState, CancelBatch> binder, TimeProvider time) =>
        binder.Then(context => context.Saga.CancelRequestedAt ??= time.GetUtcNow());

    /// <summary>
    /// Closes what is open, so that a page of a worker that did not hear of it is refused, and has the files made. Both
    /// commit with the transition.
    /// </summary>
    public static EventActivityBinder<BatchState, T> StopWork<T>(this EventActivityBinder<BatchState, T> binder)
        where T : class =>
        binder
            .Activity(x => x.OfInstanceType<StopWorkActivity>())
            .Send(
                Queues.Address(Queues.Finalization),
                context => new FinalizeBatch { BatchId = context.Saga.CorrelationId });

    public static EventActivityBinder<BatchState, BatchFinalized> RecordResults(
        this EventActivityBinder<BatchState, BatchFinalized> binder) =>
        binder.Then(context =>
        {
            var (saga, result) = (context.Saga, context.Message);
            saga.CompletedLines = result.Completed;
            saga.FailedLines = result.Failed;
            saga.TotalLines = result.Completed + result.Failed;
            saga.PromptTokens = result.PromptTokens ?? 0;
            saga.CompletionTokens = result.CompletionTokens ?? 0;
            saga.OutputFileId = result.OutputFileId;
            saga.ErrorFileId = result.ErrorFileId;
        });

    /// <summary>Tells of the end; what is told commits with the transition.</summary>
    public static EventActivityBinder<BatchState, T> Announce<T>(
        this EventActivityBinder<BatchState, T> binder, string status, Func<BatchState, DateTimeOffset?> endedAt)
        where T : class =>
        binder.Publish(context => new BatchEnded
        {
            BatchId = context.Saga.CorrelationId,
            Tenant = context.Saga.Tenant,
            Status = status,
            EndedAt = endedAt(context.Saga)!.Value,
        });

    public static EventActivityBinder<BatchState, BatchFinalized> RecordCompletion(
        this EventActivityBinder<BatchState, BatchFinalized> binder, TimeProvider time) =>
        binder.Then(context => context.Saga.CompletedAt = time.GetUtcNow());

    public static EventActivityBinder<BatchState, BatchFinalized> RecordCancellation(
        this EventActivityBinder<BatchState, BatchFinalized> binder, TimeProvider time) =>
        binder.Then(context => context.Saga.CancelledAt = time.GetUtcNow());
}
