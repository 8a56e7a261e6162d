using MassTransit;
using Sluice.Scheduler.Batches.Priorities;

namespace Sluice.Scheduler.Batches;

/// <summary>
/// The row of a batch: the checkpoint of its saga and the resource that the API shows. The API inserts it in
/// <see cref="BatchStateMachine.Validating"/>, and may set what clients decide, with each <see cref="Revision"/>:
/// <see cref="CancelRequestedAt"/>, priority, deadline and pause. Everything else is changed by the state machine
/// alone, under the row's lock.
/// </summary>
internal sealed class BatchState : SagaStateMachineInstance
{
    /// <summary>Id of the batch, version 7; shown as <c>batch_</c> and 32 hex digits.</summary>
    public Guid CorrelationId { get; set; }

    /// <summary>Name of a state of <see cref="BatchStateMachine"/>.</summary>
    public string CurrentState { get; set; } = "";

    public string Tenant { get; set; } = "";

    public Guid InputFileId { get; set; }

    /// <summary>Path that every line's url equals.</summary>
    public string Endpoint { get; set; } = "";

    public string CompletionWindow { get; set; } = "";

    /// <summary>JSON object of strings as the client sent it; null when it sent none.</summary>
    public string? Metadata { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Number of a <see cref="BatchPriority"/>.</summary>
    public short Priority { get; set; } = (short)BatchPriority.Normal.Number;

    /// <summary>Deadline: the end of the completion window, in whole milliseconds; null for none.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>Cancels the message that is to come at <see cref="ExpiresAt"/>; null for none.</summary>
    public Guid? ExpiryToken { get; set; }

    /// <summary>Since when no shard is dispatched, by a client's wish; null while that is allowed.</summary>
    public DateTimeOffset? PausedAt { get; set; }

    /// <summary>How often clients have changed or cancelled the batch; the ETag of its answers.</summary>
    public int Revision { get; set; }

    public DateTimeOffset? InProgressAt { get; set; }

    public DateTimeOffset? FinalizingAt { get; set; }

    public DateTimeOffset? CompletedAt { get; set; }

    public DateTimeOffset? FailedAt { get; set; }

    public DateTimeOffset? CancelledAt { get; set; }

    public DateTimeOffset? ExpiredAt { get; set; }

    /// <summary>
    /// Set by the API in the transaction that sends CancelBatch: a fact, not a state. Whatever event comes first from
    /// then on leads to Cancelling, so the order of events does not matter.
    /// </summary>
    public DateTimeOffset? CancelRequestedAt { get; set; }

    /// <summary>Bad lines of a rejected input, also those that are not stored.</summary>
    public long InputErrors { get; set; }

    /// <summary>Final counts, from finalization; live ones are the sum over the shards.</summary>
    public long TotalLines { get; set; }

    /// <summary>Shards that validation cut.</summary>
    public int TotalShards { get; set; }

    public long CompletedLines { get; set; }

    public long FailedLines { get; set; }

    /// <summary>Tokens of all completed lines, final.</summary>
    public long PromptTokens { get; set; }

    public long CompletionTokens { get; set; }

    public Guid? OutputFileId { get; set; }

    public Guid? ErrorFileId { get; set; }

    /// <summary>
    /// W3C traceparent of the request that created the batch, which dispatch rounds continue; null when it had none.
    /// </summary>
    public string? TraceParent { get; set; }

    /// <summary>The batch whose failed lines this one runs again; null for one of its own.</summary>
    public Guid? ReplayOf { get; set; }

    public bool CancelRequested => CancelRequestedAt is not null;

    /// <summary>A new batch of some of this one's lines: asked for now, and else the same.</summary>
    /// <param name="inputFileId">The lines.</param>
    /// <param name="now">When it is made.</param>
    /// <param name="traceParent">Of the request; null for the trace of this batch.</param>
    public BatchState FollowUp(Guid inputFileId, DateTimeOffset now, string? traceParent) => new()
    {
        CorrelationId = Guid.CreateVersion7(now),
        CurrentState = nameof(BatchStateMachine.Validating),
        Tenant = Tenant,
        InputFileId = inputFileId,
        Endpoint = Endpoint,
        CompletionWindow = CompletionWindow,
        Metadata = Metadata,
        CreatedAt = now,
        Priority = Priority,
        ExpiresAt = Batches.CompletionWindow.Parse(CompletionWindow)?.EndsAfter(now),
        TraceParent = traceParent ?? TraceParent,
        ReplayOf = CorrelationId,
    };
}
