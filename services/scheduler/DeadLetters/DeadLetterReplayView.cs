namespace Sluice.Scheduler.DeadLetters;

/// <summary>What became of a dead letter that was replayed, or is about to be.</summary>
/// <param name="Id">The replay.</param>
/// <param name="At">When it was sent again; null while it waits.</param>
/// <param name="Batch">A line: the follow-up batch.</param>
/// <param name="Line">A line: its number there.</param>
internal sealed record DeadLetterReplayView(string Id, long? At, string? Batch, int? Line);
