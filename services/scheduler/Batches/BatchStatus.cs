namespace Sluice.Scheduler.Batches;

/// <summary>The public status of a batch.</summary>
internal static class BatchStatus
{
    public const string Cancelling = "cancelling";

    /// <summary>A requested cancel shows at once, also while the saga has not heard of it.</summary>
    public static string Of(BatchState batch) => batch.CurrentState switch
    {
        nameof(BatchStateMachine.Validating) => batch.CancelRequested ? Cancelling : "validating",
        nameof(BatchStateMachine.InProgress) => batch.CancelRequested ? Cancelling : "in_progress",
        nameof(BatchStateMachine.Finalizing) => "finalizing",
        nameof(BatchStateMachine.Completed) => "completed",
        nameof(BatchStateMachine.Failed) => "failed",
        nameof(BatchStateMachine.Cancelling) => Cancelling,
        nameof(BatchStateMachine.Cancelled) => "cancelled",
        nameof(BatchStateMachine.Expiring) => "finalizing",
        nameof(BatchStateMachine.Expired) => "expired",
        var unknown => throw new InvalidOperationException($"'{unknown}' is not a state of a batch."),
    };
}
