namespace Sluice.Durability.Outbox;

/// <summary>Takes back a scheduled message that no relay has claimed yet.</summary>
internal interface IScheduleCancellation
{
    Task CancelAsync(Guid scheduleId, CancellationToken cancellationToken);
}
