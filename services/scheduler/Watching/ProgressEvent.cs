namespace Sluice.Scheduler.Watching;

/// <summary>One look at a batch, ready to be sent.</summary>
/// <param name="Look">Number of the look in its feed; one that began later has a higher one.</param>
/// <param name="Position">Id of the event.</param>
/// <param name="Name">Name of the event.</param>
/// <param name="Data">One line of JSON.</param>
/// <param name="IsLast">The batch has ended: nothing follows.</param>
internal sealed record ProgressEvent(
    long Look, ProgressPosition Position, string Name, ReadOnlyMemory<byte> Data, bool IsLast);
