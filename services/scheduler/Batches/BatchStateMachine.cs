using MassTransit;
using Sluice.Contracts.Batches;

namespace Sluice.Scheduler.Batches;

/// <summary>
/// The life of one batch. The API inserts the row in Validating together with the first command; from then on only this
/// machine changes its state, one event at a time under the row's lock. Events come in any order and more than once.
/// </summary>
/// <remarks>
/// A test compares this table with the machine's graph. An event that a state does not list is ignored there on
/// purpose. "cancel" tells whether <see cref="BatchState.CancelRequestedAt"/> is set. An ExpireBatch whose deadline is
/// not the batch's any more is ignored.
/// <code>
/// | state      | event                  | next       | effects                                       |
/// |------------|------------------------|------------|-----------------------------------------------|
/// | Validating | BatchValidated !cancel | InProgress | dispatch begins                               |
/// | Validating | BatchValidated cancel  | Cancelling | fence validation, close shards, FinalizeBatch |
/// | Validating | BatchRejected !cancel  | Failed     | errors stored, letters reopened; BatchEnded   |
/// | Validating | BatchRejected cancel   | Cancelling | fence validation, close shards, FinalizeBatch |
/// | Validating | CancelBatch            | Cancelling | fence validation, close shards, FinalizeBatch |
/// | Validating | ExpireBatch !cancel    | Expiring   | fence validation, close shards, FinalizeBatch |
/// | Validating | ExpireBatch cancel     | Cancelling | fence validation, close shards, FinalizeBatch |
/// | InProgress | AllShardsDone !cancel  | Finalizing | close shards, FinalizeBatch                   |
/// | InProgress | AllShardsDone cancel   | Cancelling | close shards, FinalizeBatch                   |
/// | InProgress | CancelBatch            | Cancelling | close shards, FinalizeBatch                   |
/// | InProgress | ExpireBatch !cancel    | Expiring   | close shards, FinalizeBatch                   |
/// | InProgress | ExpireBatch cancel     | Cancelling | close shards, FinalizeBatch                   |
/// | Finalizing | BatchFinalized         | Completed  | counts and files; BatchEnded                  |
/// | Cancelling | BatchFinalized         | Cancelled  | counts, files, letters reopened; BatchEnded   |
/// | Expiring   | BatchFinalized         | Expired    | counts, files, letters reopened; BatchEnded   |
/// </code>
/// </remarks>
internal sealed class BatchStateMachine : MassTransitStateMachine<BatchState>
{
    public BatchStateMachine(TimeProvider time)
    {
        InstanceState(x => x.CurrentState);

        // The row commits together with the first message about it: an unknown id is a fault, not a late event.
        Event(() => BatchValidated, e => e.CorrelateById(m => m.Message.BatchId).OnMissingInstance(m => m.Fault()));
        Event(() => BatchRejected, e => e.CorrelateById(m => m.Message.BatchId).OnMissingInstance(m => m.Fault()));
        Event(() => AllShardsDone, e => e.CorrelateById(m => m.Message.BatchId).OnMissingInstance(m => m.Fault()));
        Event(() => CancelBatch, e => e.CorrelateById(m => m.Message.BatchId).OnMissingInstance(m => m.Fault()));
        Event(() => ExpireBatch, e => e.CorrelateById(m => m.Message.BatchId).OnMissingInstance(m => m.Fault()));
        Event(() => BatchFinalized, e => e.CorrelateById(m => m.Message.BatchId).OnMissingInstance(m => m.Fault()));

        // No event creates a batch: the API inserts the row in Validating.
        Initially();

        During(
            Validating,
            When(BatchValidated).IfElse(
                context => context.Saga.CancelRequested,
                cancel => cancel.StopWork().TransitionTo(Cancelling),
                run => run.StartWork(time).TransitionTo(InProgress)),
            When(BatchRejected).IfElse(
                context => context.Saga.CancelRequested,
                cancel => cancel.StopWork().TransitionTo(Cancelling),
                fail => fail.RecordRejection(time).CancelExpiry().ReopenLetters()
                    .Announce("failed", b => b.FailedAt).TransitionTo(Failed)),
            When(CancelBatch).RecordCancelRequest(time).StopWork().TransitionTo(Cancelling),
            When(ExpireBatch).IfDue(
                cancel => cancel.StopWork().TransitionTo(Cancelling),
                expire => expire.RecordFinalizing(time).StopWork().TransitionTo(Expiring)),
            Ignore(AllShardsDone),
            Ignore(BatchFinalized));

        During(
            InProgress,
            When(AllShardsDone).IfElse(
                context => context.Saga.CancelRequested,
                cancel => cancel.StopWork().TransitionTo(Cancelling),
                finish => finish.RecordFinalizing(time).StopWork().TransitionTo(Finalizing)),
            When(CancelBatch).RecordCancelRequest(time).StopWork().TransitionTo(Cancelling),
            When(ExpireBatch).IfDue(
                cancel => cancel.StopWork().TransitionTo(Cancelling),
                expire => expire.RecordFinalizing(time).StopWork().TransitionTo(Expiring)),
            Ignore(BatchValidated),
            Ignore(BatchRejected),
            Ignore(BatchFinalized));

        During(
            Finalizing,
            When(BatchFinalized).RecordResults().RecordCompletion(time)
                .Announce("completed", b => b.CompletedAt).TransitionTo(Completed));
        IgnoreAllButFinalized(Finalizing);

        During(
            Cancelling,
            When(BatchFinalized).RecordResults().RecordCancellation(time).ReopenLetters()
                .Announce("cancelled", b => b.CancelledAt).TransitionTo(Cancelled));
        IgnoreAllButFinalized(Cancelling);

        During(
            Expiring,
            When(BatchFinalized).RecordResults().RecordExpiry(time).ReopenLetters()
                .Announce("expired", b => b.ExpiredAt).TransitionTo(Expired));
        IgnoreAllButFinalized(Expiring);

        IgnoreAll(Completed);
        IgnoreAll(Failed);
        IgnoreAll(Cancelled);
        IgnoreAll(Expired);
    }

    /// <summary>The input is being read; the initial state of the row.</summary>
    public State Validating { get; private set; } = null!;

    /// <summary>Shards are dispatched and run.</summary>
    public State InProgress { get; private set; } = null!;

    /// <summary>All lines have results; the files are being made.</summary>
    public State Finalizing { get; private set; } = null!;

    /// <summary>The end of a batch that ran, even if lines failed.</summary>
    public State Completed { get; private set; } = null!;

    /// <summary>The end of a batch whose input has bad lines.</summary>
    public State Failed { get; private set; } = null!;

    /// <summary>Its open shards are closed; the files of what is finished are being made.</summary>
    public State Cancelling { get; private set; } = null!;

    public State Cancelled { get; private set; } = null!;

    /// <summary>Its deadline has passed and its open shards are closed; the files are being made.</summary>
    public State Expiring { get; private set; } = null!;

    public State Expired { get; private set; } = null!;

    public Event<BatchValidated> BatchValidated { get; private set; } = null!;

    public Event<BatchRejected> BatchRejected { get; private set; } = null!;

    public Event<AllShardsDone> AllShardsDone { get; private set; } = null!;

    public Event<CancelBatch> CancelBatch { get; private set; } = null!;

    public Event<ExpireBatch> ExpireBatch { get; private set; } = null!;

    public Event<BatchFinalized> BatchFinalized { get; private set; } = null!;

    private void IgnoreAll(State terminal)
    {
        IgnoreAllButFinalized(terminal);
        During(terminal, Ignore(BatchFinalized));
    }

    private void IgnoreAllButFinalized(State state) => During(
        state,
        Ignore(BatchValidated),
        Ignore(BatchRejected),
        Ignore(AllShardsDone),
        Ignore(CancelBatch),
        Ignore(ExpireBatch));
}
