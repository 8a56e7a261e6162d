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
            context.Saga.TotalShards = context.Message.Shards;
        });

    public static EventActivityBinder<BatchState, BatchRejected> RecordRejection(
        this EventActivityBinder<BatchState, BatchRejected> binder, TimeProvider time) =>
        binder.Then(context =>
        {
            context.Saga.FailedAt = time.GetUtcNow();
            context.Saga.InputErrors = context.Message.Errors;
        });

    public static EventActivityBinder<BatchState, T> RecordFinalizing<T>(
        this EventActivityBinder<BatchState, T> binder, TimeProvider time)
        where T : class =>
        binder.Then(context => context.Saga.FinalizingAt = time.GetUtcNow());

    /// <summary>
    /// Chooses by a requested cancel; nothing happens when the deadline was changed since, or when it comes again. No
    /// clock decides: the message is delivered when it is due.
    /// </summary>
    public static EventActivityBinder<BatchState, ExpireBatch> IfDue(
        this EventActivityBinder<BatchState, ExpireBatch> binder,
        Func<EventActivityBinder<BatchState, ExpireBatch>, EventActivityBinder<BatchState, ExpireBatch>> cancel,
        Func<EventActivityBinder<BatchState, ExpireBatch>, EventActivityBinder<BatchState, ExpireBatch>> expire) =>
        binder.If(
            context => context.Message.Deadline >= context.Saga.ExpiresAt,
            due => due.IfElse(context => context.Saga.CancelRequested, cancel, expire));

    /// <summary>
    /// Takes back the message that waits for the deadline. It would be ignored; but a deadline may be 30 days away.
    /// </summary>
    public static EventActivityBinder<BatchState, T> CancelExpiry<T>(this EventActivityBinder<BatchState, T> binder)
        where T : class =>
        binder.ThenAsync(async context =>
        {
            if (context.Saga.ExpiryToken is { } token && context.TryGetPayload(out MessageSchedulerContext? scheduler))
            {
                await scheduler.CancelScheduledSend(Queues.Address(Queues.Saga), token);
                context.Saga.ExpiryToken = null;
            }
        });

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
            .CancelExpiry()
            .Activity(x => x.OfInstanceType<StopWorkActivity>())
            .Send(
                Queues.Address(Queues.Finalization),
                context => new FinalizeBatch { BatchId = context.Saga.CorrelationId });

    /// <summary>
    /// Opens the dead letters that the batch was to replay and did not. Both commit with the transition.
    /// </summary>
    public static EventActivityBinder<BatchState, T> ReopenLetters<T>(this EventActivityBinder<BatchState, T> binder)
        where T : class =>
        binder.Activity(x => x.OfInstanceType<ReopenLettersActivity>());

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

    public static EventActivityBinder<BatchState, BatchFinalized> RecordExpiry(
        this EventActivityBinder<BatchState, BatchFinalized> binder, TimeProvider time) =>
        binder.Then(context => context.Saga.ExpiredAt = time.GetUtcNow());
}
